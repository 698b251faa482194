import { expect, it } from 'vitest'
import { kindOf, productKind } from './product-kind.ts'

const signed = (byte: number) => (byte << 24) >> 24
const saturated = (value: number) => Math.max(-32768, Math.min(32767, value))

it('tells processors apart by sums of products', () => {
  expect(kindOf((weight, byte) => 4 * weight * byte)).toBe('unsigned')
  expect(kindOf((weight, byte) => 4 * weight * signed(byte))).toBe('signed')
  // As x64 without dot products adds pairs, and ARM without them.
  expect(kindOf((weight, byte) => 2 * saturated(2 * weight * byte))).toBe('wide')
  expect(kindOf((weight, byte) => 2 * (((2 * weight * signed(byte)) << 16) >> 16))).toBe('wide')
})

it('asks this processor', () => {
  // Node has shared memory and the instruction; what it does is the processor's.
  expect(['unsigned', 'signed', 'wide']).toContain(productKind())
})
