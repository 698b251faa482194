import fc from 'fast-check'
import { expect, it } from 'vitest'
import { depthOf } from './depth.ts'

const masks = fc
  .record({ width: fc.integer({ min: 1, max: 12 }), height: fc.integer({ min: 1, max: 12 }) })
  .chain((size) => {
    const cells = size.width * size.height
    return fc.record({
      ...fixed(size),
      mask: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: cells, maxLength: cells }),
    })
  })

function fixed({ width, height }: { width: number; height: number }) {
  return { width: fc.constant(width), height: fc.constant(height) }
}

it('is the length of the shortest way out, over sides and corners', () => {
  fc.assert(
    fc.property(masks, ({ width, height, mask }) => {
      const outside = mask.flatMap((value, i) => (value === 0 ? [i] : []))
      const depth = depthOf((i) => mask[i] !== 0, width, height)
      depth.forEach((value, i) => {
        const ways = outside.map((o) => {
          const x = Math.abs((o % width) - (i % width))
          const y = Math.abs(Math.floor(o / width) - Math.floor(i / width))
          return Math.max(x, y) + (Math.SQRT2 - 1) * Math.min(x, y)
        })
        expect(value).toBeCloseTo(Math.min(width + height, ...ways), 4)
      })
    }),
  )
})
