// The wire format against hand-encoded bytes of its specification, and its refusal of what is cut short.

import { isKoutuError } from '@koutu/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { varintSize, WireReader, WireWriter } from './wire.ts'

const bytes = (...list: number[]) => Uint8Array.from(list)

function expectInvalid(work: () => unknown) {
  let thrown: unknown
  try {
    work()
  } catch (error) {
    thrown = error
  }
  expect(isKoutuError(thrown) && thrown.code).toBe('MODEL_INVALID')
}

describe('WireReader', () => {
  it('reads the examples of the specification', () => {
    expect(new WireReader(bytes(0x96, 0x01)).varint()).toBe(150n)
    // -2 as int64: two's complement of 64 bits.
    const minusTwo = bytes(0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01)
    expect(BigInt.asIntN(64, new WireReader(minusTwo).varint())).toBe(-2n)
    const reader = new WireReader(bytes(0x12, 0x07, ...new TextEncoder().encode('testing'), 0x25, 0, 0, 0x80, 0x3f))
    expect(reader.tag()).toBe(2 * 8 + 2)
    expect(new TextDecoder().decode(reader.bytes())).toBe('testing')
    expect(reader.tag()).toBe(4 * 8 + 5)
    expect(reader.float()).toBe(1)
    expect(reader.isDone).toBe(true)
  })

  it('gives views of the input, not copies', () => {
    const input = bytes(3, 1, 2, 3)
    const view = new WireReader(input).bytes()
    expect(view.buffer).toBe(input.buffer)
    expect(view.byteOffset).toBe(1)
  })

  it('refuses what ends too early, is too long, or is no field', () => {
    expectInvalid(() => new WireReader(bytes()).varint())
    expectInvalid(() => new WireReader(bytes(0x80)).varint())
    expectInvalid(() => new WireReader(bytes(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1)).varint())
    expectInvalid(() => new WireReader(bytes(5, 1, 2, 3, 4)).bytes())
    // A length of 2^63 - 1 asks for nothing but an error.
    expectInvalid(() => new WireReader(bytes(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0)).bytes())
    expectInvalid(() => new WireReader(bytes(1, 2, 3)).fixed32())
    expectInvalid(() => new WireReader(bytes(0, 0, 0)).float())
    // Field 0, and the obsolete groups.
    for (const tag of [0x02, 0x0b, 0x0c, 0x0e, 0x0f]) expectInvalid(() => new WireReader(bytes(tag)).tag())
  })
})

describe('WireWriter', () => {
  it('writes numbers that are read back, in the announced size', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), (value) => {
        const writer = new WireWriter(varintSize(value))
        writer.varint(value)
        expect(new WireReader(writer.finish()).varint()).toBe(BigInt.asUintN(64, value))
      }),
    )
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(varintSize(value)).toBe(varintSize(BigInt(value)))
        const writer = new WireWriter(varintSize(value))
        writer.varint(value)
        expect(new WireReader(writer.finish()).varint()).toBe(BigInt.asUintN(64, BigInt(value)))
      }),
    )
  })

  it('has bytes made only when they are written', () => {
    const writer = new WireWriter(4)
    writer.bytes(bytes(9))
    writer.bytes({ byteLength: 2, writeTo: (target) => target.set([7, 8]) })
    writer.bytes(bytes(6))
    expect(writer.finish()).toEqual(bytes(9, 7, 8, 6))
  })

  it('does not hand out a buffer that is not full', () => {
    expect(() => new WireWriter(2).finish()).toThrow('expected to write 2 bytes but wrote 0')
  })
})
