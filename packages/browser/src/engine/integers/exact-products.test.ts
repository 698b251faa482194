import { expect, it } from 'vitest'
import { kindOf, productKind } from './exact-products.ts'

const signed = (byte: number) => (byte << 24) >> 24
const saturated = (value: number) => Math.max(-32768, Math.min(32767, value))

it('tells processors apart by sums of products', () => {
  expect(kindOf((weight, byte) => 4 * weight * byte)).toBe('unsigned')
  expect(kindOf((weight, byte) => 4 * weight * signed(byte))).toBe('signed')
  // As x64 without dot products adds pairs, and ARM without them.
  expect(kindOf((weight, byte) => 2 * saturated(2 * weight * byte))).toBeNull()
  expect(kindOf((weight, byte) => 2 * (((2 * weight * signed(byte)) << 16) >> 16))).toBeNull()
})

it('asks this processor', () => {
  // The instruction is there in Node; what it does is the processor's.
  expect(['unsigned', 'signed', null]).toContain(productKind())
})
