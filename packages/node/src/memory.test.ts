import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { collectYoungGarbage, readMemory } from './memory.ts'

describe('memory', () => {
  it('is that of the container, where it has a limit', () => {
    expect(readMemory(8e9, 512e6)).toEqual({ bytes: 512e6, isLimited: true })
    for (const none of [0, 2 ** 64, 8e9]) expect(readMemory(8e9, none)).toEqual({ bytes: 8e9, isLimited: false })
  })
})

it('buffers that are no longer used are given back after a call', async () => {
  const megabytes = () => process.memoryUsage().arrayBuffers / 2 ** 20
  collectYoungGarbage()
  await setImmediate()
  const before = megabytes()
  const images = Array.from({ length: 12 }, (_, i) => new Uint8Array(2 ** 20).fill(i))
  expect(megabytes()).toBeGreaterThan(before + 10)
  images.length = 0
  collectYoungGarbage()
  // Memory is given back by a thread of the collector's own.
  for (let turn = 0; turn < 1000 && megabytes() > before + 2; turn++) await setImmediate()
  expect(megabytes()).toBeLessThan(before + 2)
})
