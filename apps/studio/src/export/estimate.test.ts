import { expect, it } from 'vitest'
import { FORMATS, sizesFrom } from './estimate.ts'

it('the format that is there keeps its size, and the others have the ratios of the copy', () => {
  const copy = { png: 100, webp: 20, jpeg: 30 }
  for (const format of FORMATS) expect(sizesFrom(copy, format, 12_345)[format]).toBe(12_345)
  expect(sizesFrom(copy, 'psd', 1000)).toEqual({ psd: 1000 })
  expect(sizesFrom(copy, 'png', 1000)).toMatchObject({ png: 1000, webp: 200, jpeg: 300 })
  expect(sizesFrom(copy, 'webp', 1000)).toMatchObject({ png: 5000, webp: 1000, jpeg: 1500 })
})
