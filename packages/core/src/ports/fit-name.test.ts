import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fitName } from './fit-name.ts'

const MAX_BYTES = 255
const unit = fc.constantFrom('a', '\u00e9', '\u62a0', '\u{1f600}', '.')
const stem = fc.string({ unit, minLength: 1, maxLength: 300 })
const ending = fc.constantFrom('.png', '.cutout.png', '.cutout-2.webp')

it('a name fits into every file system, keeps its ending and is whole where it fits', () => {
  fc.assert(
    fc.property(stem, ending, (text, end) => {
      const name = fitName(text, end)
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(MAX_BYTES)
      expect(name.endsWith(end)).toBe(true)
      expect(name.isWellFormed()).toBe(true)
      if (Buffer.byteLength(text + end) <= MAX_BYTES) expect(name).toBe(text + end)
      else expect(text.startsWith(name.slice(0, -end.length - 9))).toBe(true)
    }),
  )
})

it('two long names that differ in what is cut off stay two', () => {
  const long = 'a'.repeat(254)
  expect(fitName(`${long}b`, '.png')).not.toBe(fitName(`${long}c`, '.png'))
  expect(fitName(`${long}b`, '.png')).toBe(fitName(`${long}b`, '.png'))
})
