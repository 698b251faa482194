import { expect, it } from 'vitest'
import { averageMirrored } from './mirror-average.ts'

it('averages each pixel with its mirror image', () => {
  const alpha = { width: 3, height: 2, data: Float32Array.of(0, 0.5, 1, 1, 0, 0) }
  const mirrored = { width: 3, height: 2, data: Float32Array.of(0, 0.5, 1, 0, 1, 0) }
  expect([...averageMirrored(alpha, mirrored).data]).toEqual([0.5, 0.5, 0.5, 0.5, 0.5, 0])
})
