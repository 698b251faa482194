// Every half-precision value against the arithmetic of its definition, and against the runtime's own type where it has one.

import { describe, expect, it } from 'vitest'
import { halfToFloat } from './half.ts'

const ALL = Uint16Array.from({ length: 0x1_0000 }, (_, bits) => bits)

/** IEEE 754-2019 section 3.4, in exact arithmetic: all of these are representable as doubles. */
function defined(bits: number): number {
  const sign = bits >= 0x8000 ? -1 : 1
  const exponent = Math.floor(bits / 1024) % 32
  const fraction = bits % 1024
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

describe('halfToFloat', () => {
  it('is exact for all 65536 values', () => {
    const floats = halfToFloat(ALL)
    const wrong = [...ALL].filter((bits) => !Object.is(floats[bits], defined(bits)))
    expect(wrong).toEqual([])
  })

  it('keeps the sign and payload of a NaN', () => {
    const bits = new Uint32Array(halfToFloat(Uint16Array.of(0xfe01)).buffer)
    expect(bits[0]).toBe(0xffc0_2000)
  })

  it('agrees with Float16Array where the runtime has one', ({ skip }) => {
    if (typeof Float16Array === 'undefined') skip('this Node has no Float16Array')
    const runtime = new Float16Array(ALL.buffer)
    expect(halfToFloat(ALL)).toEqual(Float32Array.from(runtime))
    expect(halfToFloat(runtime)).toEqual(Float32Array.from(runtime))
  })
})
