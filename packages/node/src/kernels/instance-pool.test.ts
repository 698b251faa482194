// The kept instance: who gets it, that nothing of the last image is left in it, and when it is dropped.

import type { InstancePool } from '@koutu/core/kernels'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { loadKernels } from './load.ts'

type Instance = ReturnType<InstancePool['acquire']>

let pool: InstancePool
beforeAll(async () => {
  pool = (await loadKernels()).pool!
})
beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.runAllTimers()
  vi.useRealTimers()
})

const KEPT_MS = 10_000

function used(): Instance {
  return pool.use((instance) => instance)
}

describe('an instance', () => {
  it('serves one call after the other', () => {
    const first = used()
    expect(used()).toBe(first)
  })

  it('belongs to one user at a time', () => {
    const mine = pool.acquire()
    expect(used()).not.toBe(mine)
  })

  it('starts every call with clear memory at the same addresses', () => {
    const bytes = Uint8Array.from({ length: 300_000 }, () => 255)
    const before = pool.use(({ put }) => put(bytes))
    pool.use(({ allocate, read }) => {
      const at = allocate(bytes.length)
      expect(at).toBe(before)
      read(at, bytes)
      expect(bytes.some((value) => value !== 0)).toBe(false)
    })
  })

  it('is dropped when it has been idle', () => {
    const first = used()
    vi.advanceTimersByTime(KEPT_MS - 1)
    expect(used()).toBe(first)
    vi.advanceTimersByTime(KEPT_MS)
    expect(used()).not.toBe(first)
  })

  it('is not kept when it has grown large', () => {
    const first = pool.use((instance) => {
      instance.allocate(120e6)
      return instance
    })
    expect(used()).not.toBe(first)
  })

  it('is not used again after an error', () => {
    let first: Instance | undefined
    expect(() =>
      pool.use((instance) => {
        first = instance
        throw new Error('trap')
      }),
    ).toThrow('trap')
    expect(used()).not.toBe(first)
  })

  it('is not kept twice', () => {
    const [first, second] = [pool.acquire(), pool.acquire()]
    pool.release(first)
    pool.release(second)
    expect(used()).toBe(second)
    vi.advanceTimersByTime(KEPT_MS)
    expect(vi.getTimerCount()).toBe(0)
  })
})
