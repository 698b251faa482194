import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchCapacity, describeCapacity, serverCapacity } from './capacity.ts'

const MB = 2 ** 20
const machine = (megabytes: number, processors = 8) => ({ memoryBytes: megabytes * MB, isLimited: true, processors })

describe('the capacity of a machine', () => {
  it.each([
    [384, 1, 1],
    [512, 1, 1],
    [768, 2, 1],
    [1024, 2, 1],
    [2048, 4, 2],
    [16384, 4, 2],
  ])('with %i MB a batch has %i images and %i networks', (megabytes, jobs, networks) => {
    expect(batchCapacity(machine(megabytes))).toMatchObject({ jobs, networks })
  })

  it('leaves a server room for its database', () => {
    expect(serverCapacity(machine(768))).toMatchObject({ jobs: 1, networks: 1, decodeBytes: 400e6 })
    expect(serverCapacity(machine(16384))).toMatchObject({ jobs: 4, networks: 2, decodeBytes: 1.4e9 })
  })

  it('gives a server a network for images that are alone where memory allows it', () => {
    expect(serverCapacity(machine(2300))).toMatchObject({ networks: 2, soloNetwork: false })
    expect(serverCapacity(machine(2700))).toMatchObject({ networks: 2, soloNetwork: true })
    expect(serverCapacity(machine(16384, 1))).toMatchObject({ networks: 1, soloNetwork: false })
  })

  it('never falls with more memory, and what is set wins', () => {
    const sizes = fc.tuple(fc.integer({ min: 64, max: 65536 }), fc.integer({ min: 0, max: 65536 }))
    fc.assert(
      fc.property(
        sizes,
        fc.integer({ min: 1, max: 64 }),
        fc.constantFrom(batchCapacity, serverCapacity),
        ([size, more], jobs, choose) => {
          const [small, large] = [choose(machine(size)), choose(machine(size + more))]
          expect(large.jobs).toBeGreaterThanOrEqual(small.jobs)
          expect(large.networks).toBeGreaterThanOrEqual(small.networks)
          expect(choose(machine(size), jobs).jobs).toBe(jobs)
          expect(small.networks).toBeLessThanOrEqual(2)
        },
      ),
    )
  })

  it('is told in one line', () => {
    expect(describeCapacity(machine(512), batchCapacity(machine(512)))).toBe(
      '512 MB of memory (limited): 1 image at a time, 1 network',
    )
  })
})
