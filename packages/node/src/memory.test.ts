import { describe, expect, it } from 'vitest'
import { readMemory } from './memory.ts'

describe('memory', () => {
  it('is that of the container, where it has a limit', () => {
    expect(readMemory(8e9, 512e6)).toEqual({ bytes: 512e6, isLimited: true })
    for (const none of [0, 2 ** 64, 8e9]) expect(readMemory(8e9, none)).toEqual({ bytes: 8e9, isLimited: false })
  })
})
