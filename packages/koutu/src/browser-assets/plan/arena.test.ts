import fc from 'fast-check'
import { expect, it } from 'vitest'
import { planArena } from './arena.ts'

const lifetime = fc
  .tuple(fc.integer({ min: 1, max: 5000 }), fc.nat(30), fc.nat(10))
  .map(([bytes, from, more]) => ({ bytes, from, to: from + more }))

it('keeps apart what lives at the same time, within the bytes that it tells', () => {
  fc.assert(
    fc.property(fc.array(lifetime, { maxLength: 40 }), (values) => {
      const { places, bytes } = planArena(values)
      for (const [i, a] of values.entries()) {
        expect(places[i]! % 64).toBe(0)
        expect(places[i]! + a.bytes).toBeLessThanOrEqual(bytes)
        for (const [j, b] of values.entries()) {
          const meet = i < j && a.from <= b.to && b.from <= a.to
          const lieApart = places[i]! + a.bytes <= places[j]! || places[j]! + b.bytes <= places[i]!
          expect(!meet || lieApart).toBe(true)
        }
      }
    }),
  )
})

it('uses a place again', () => {
  const chain = Array.from({ length: 10 }, (_, i) => ({ bytes: 640, from: i, to: i + 1 }))
  expect(planArena(chain).bytes).toBe(1280)
})
