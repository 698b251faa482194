// The table-driven codec: nothing is lost on the way through, and no input makes it hang or take much memory.

import { isKoutuError } from '@koutu/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeMessage, defineSchema, encodeMessage, MAX_DEPTH, MAX_ITEMS, type Message } from './message.ts'

interface Sample extends Message {
  id?: bigint
  kind?: number
  scale?: number
  name?: string
  raw?: Uint8Array
  inner?: Sample
  list: bigint[]
  children: Sample[]
  packed?: Uint8Array
}

const schema: ReturnType<typeof defineSchema> = defineSchema('Sample', {
  id: [1, 'int64'],
  kind: [2, 'int32'],
  scale: [3, 'float'],
  name: [4, 'string'],
  raw: [5, 'bytes'],
  inner: [6, () => schema],
  list: [7, 'int64', 'repeated'],
  children: [8, () => schema, 'repeated'],
  packed: [9, 'packedVarint'],
})

const decode = (bytes: Uint8Array) => decodeMessage<Sample>(schema, bytes)
const encode = (sample: Sample) => encodeMessage(schema, sample)
const bytes = (...list: number[]) => Uint8Array.from(list)

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })

/** Messages with `depth` more levels of messages inside. */
function samples(depth: number): fc.Arbitrary<Sample> {
  const children: fc.Arbitrary<Sample[]> =
    depth === 0 ? fc.constant([]) : fc.array(samples(depth - 1), { maxLength: 3 })
  const fields = {
    id: int64,
    kind: fc.integer(),
    scale: fc.float(),
    name: fc.string({ unit: 'binary' }),
    raw: fc.uint8Array({ maxLength: 300 }),
    list: fc.array(int64),
    packed: fc.array(fc.nat(127)).map((list) => Uint8Array.from(list)),
    children,
    // Field 200, a varint: no table names it.
    unknown: fc.nat(127).map((value) => [bytes(0xc0, 0x0c, value)]),
  }
  const requiredKeys: ('list' | 'children')[] = ['list', 'children']
  return depth === 0
    ? fc.record(fields, { requiredKeys })
    : fc.record({ ...fields, inner: samples(depth - 1) }, { requiredKeys })
}

const sample = samples(2)

describe('messages', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(sample, (value) => {
        expect(decode(encode(value))).toEqual(value)
      }),
    )
  })

  it('keep fields that no table names, in their order and byte by byte', () => {
    // Field 15 as varint, field 16 as bytes, known field 1, field 17 as fixed32, field 18 as fixed64.
    const input = bytes(0x78, 0x81, 0, 0x82, 1, 1, 9, 8, 5, 0x8d, 1, 1, 2, 3, 4, 0x91, 1, 1, 2, 3, 4, 5, 6, 7, 8)
    const value = decode(input)
    expect(value.id).toBe(5n)
    expect(encode(value)).toEqual(bytes(8, 5, ...input.subarray(0, 7), ...input.subarray(9)))
  })

  it('keep a known field of an unexpected wire type as unknown', () => {
    const value = decode(bytes(0x0d, 1, 2, 3, 4))
    expect(value.id).toBeUndefined()
    expect(encode(value)).toEqual(bytes(0x0d, 1, 2, 3, 4))
  })

  it('read lists packed or not', () => {
    expect(decode(bytes(0x38, 1, 0x38, 2)).list).toEqual([1n, 2n])
    expect(decode(bytes(0x3a, 2, 1, 2)).list).toEqual([1n, 2n])
    expect(decode(bytes(0x48, 1, 0x4a, 3, 2, 0x83, 0, 0x48, 4)).packed).toEqual(bytes(1, 2, 0x83, 0, 4))
  })

  it('merge a single message that comes in two parts', () => {
    const value = decode(bytes(0x32, 2, 0x08, 7, 0x32, 2, 0x10, 9))
    expect(value.inner).toMatchObject({ id: 7n, kind: 9 })
  })
})

describe('hostile messages', () => {
  const expectInvalid = (input: Uint8Array) => {
    let thrown: unknown
    try {
      decode(input)
    } catch (error) {
      thrown = error
    }
    expect(isKoutuError(thrown) && thrown.code).toBe('MODEL_INVALID')
  }

  it('are refused when they are nested too deeply, at the limit and one over', () => {
    const nest = (depth: number) => {
      let value: Sample = { list: [], children: [] }
      for (let i = 0; i < depth; i++) value = { inner: value, list: [], children: [] }
      return encode(value)
    }
    expect(() => decode(nest(MAX_DEPTH))).not.toThrow()
    expectInvalid(nest(MAX_DEPTH + 1))
  })

  it('are refused when they have too many parts, at the limit and one over', () => {
    const empty = (count: number) => Uint8Array.from({ length: count * 2 }, (_, i) => (i % 2 === 0 ? 0x38 : 0))
    expect(decode(empty(MAX_ITEMS)).list.length).toBe(MAX_ITEMS)
    expectInvalid(empty(MAX_ITEMS + 1))
  })

  it('are refused when a name is not UTF-8', () => {
    expectInvalid(bytes(0x22, 1, 0xff))
  })

  it('gather a list of a million single numbers without a million objects', () => {
    const count = 2 * MAX_ITEMS
    const input = Uint8Array.from({ length: count * 2 }, (_, i) => (i % 2 === 0 ? 0x48 : 1))
    expect(decode(input).packed?.length).toBe(count)
  })

  it('either decode or say MODEL_INVALID, whatever the bytes', () => {
    const outcome = (input: Uint8Array) => {
      try {
        return encode(decode(input)) instanceof Uint8Array
      } catch (error) {
        return isKoutuError(error) && error.code === 'MODEL_INVALID'
      }
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), outcome), { numRuns: 500 })
    fc.assert(
      fc.property(sample, fc.array(fc.tuple(fc.nat(), fc.nat(7)), { minLength: 1, maxLength: 4 }), (value, flips) => {
        const input = encode(value)
        if (input.length > 0) for (const [at, bit] of flips) input[at % input.length]! ^= 1 << bit
        return outcome(input)
      }),
      { numRuns: 300 },
    )
  })
})
