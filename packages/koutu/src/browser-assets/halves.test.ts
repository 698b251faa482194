import fc from 'fast-check'
import { expect, it } from 'vitest'
import { toHalves } from './halves.ts'

const bytesOf = (floats: Float32Array<ArrayBuffer>) => new Uint8Array(floats.buffer)

it('halves the bytes of floats that have exact halves, wherever they lie', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 0x7bff })), fc.nat(7), (bits, offset) => {
      const halves = new Float16Array(Uint16Array.from(bits).buffer)
      const floats = bytesOf(Float32Array.from(halves))
      const moved = new Uint8Array(floats.length + offset)
      moved.set(floats, offset)
      expect(toHalves(moved.subarray(offset))).toEqual(new Uint8Array(halves.buffer))
    }),
  )
})

it('leaves what would lose by it', () => {
  for (const value of [1 + 2 ** -11, 65_520, 2 ** -25, Number.NaN]) {
    expect(toHalves(bytesOf(Float32Array.of(1, value)))).toBeNull()
  }
  expect(toHalves(new Uint8Array(6))).toBeNull()
})
