import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findParts } from './components.ts'

/** Flood fill, pixel by pixel. */
function flood(mask: readonly number[], width: number, connectivity: 4 | 8): number[] {
  const label = mask.map(() => -1)
  const height = mask.length / width
  mask.forEach((value, start) => {
    if (value === 0 || label[start] !== -1) return
    const stack = [start]
    label[start] = start
    while (stack.length > 0) {
      const i = stack.pop()!
      for (let v = -1; v <= 1; v++)
        for (let u = -1; u <= 1; u++) {
          const [x, y] = [(i % width) + u, Math.floor(i / width) + v]
          if (x < 0 || y < 0 || x >= width || y >= height || (connectivity === 4 && u !== 0 && v !== 0)) continue
          const j = y * width + x
          if (mask[j] === 0 || label[j] !== -1) continue
          label[j] = start
          stack.push(j)
        }
    }
  })
  return label
}

const masks = fc
  .record({ width: fc.integer({ min: 1, max: 12 }), height: fc.integer({ min: 1, max: 12 }) })
  .chain(({ width, height }) =>
    fc
      .array(fc.constantFrom(0, 1), { minLength: width * height, maxLength: width * height })
      .map((mask) => ({ width, height, mask })),
  )

describe('findParts', () => {
  it.each([4, 8] as const)(
    'finds the parts, areas and borders that a flood fill finds, %i-connected',
    (connectivity) => {
      fc.assert(
        fc.property(masks, fc.boolean(), ({ width, height, mask }, above) => {
          const parts = findParts(Uint8Array.from(mask), width, height, { threshold: 0, above, connectivity })
          const found = mask.map(() => -1)
          for (let run = 0; run < parts.count; run++) found.fill(parts.part[run]!, parts.begin[run], parts.end[run])
          const expected = flood(above ? mask : mask.map((value) => 1 - value), width, connectivity)
          // The same pixels together, whatever the names of the parts.
          const pairs = new Map<number, number>()
          expected.forEach((label, i) => {
            expect(found[i] === -1).toBe(label === -1)
            if (label === -1) return
            expect(pairs.get(label) ?? found[i]).toBe(found[i])
            pairs.set(label, found[i]!)
          })
          expect(new Set(pairs.values()).size).toBe(pairs.size)
          for (const [label, part] of pairs) {
            const members = [...expected.keys()].filter((i) => expected[i] === label)
            expect(parts.area[part]).toBe(members.length)
            const outer = members.some((i) => {
              const [x, y] = [i % width, Math.floor(i / width)]
              return x === 0 || y === 0 || x === width - 1 || y === height - 1
            })
            expect(parts.atBorder[part] === 1).toBe(outer)
          }
        }),
      )
    },
  )
})
