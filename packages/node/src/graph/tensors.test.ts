// Numbers of tensors from each field they may lie in, against values written by hand.

import { isKoutuError } from '@koutu/core'
import { describe, expect, it } from 'vitest'
import { makeGraph, makeModel, makeTensor } from './build.ts'
import { DATA_TYPE, decodeModel, encodeModel, type TensorProto } from './onnx.ts'
import { tensorNumbers, widenHalf } from './tensors.ts'

const tensor = (parts: Partial<TensorProto>): TensorProto => ({
  name: 't',
  dims: [],
  stringData: [],
  externalData: [],
  ...parts,
})

/** One half: 1, -2, the smallest subnormal, infinity. */
const HALVES = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7c00)
const SINGLES = Float32Array.of(1, -2, 2 ** -24, Number.POSITIVE_INFINITY)

describe('tensorNumbers', () => {
  it('reads raw data of every type as it was written', () => {
    for (const numbers of [
      Float32Array.of(1.5, -2),
      Float64Array.of(1 / 3, -2),
      Int8Array.of(-128, 127),
      Uint8Array.of(0, 255),
      Int16Array.of(-32768, 32767),
      Uint16Array.of(0, 65535),
      Int32Array.of(-(2 ** 31), 2 ** 31 - 1),
      Uint32Array.of(0, 2 ** 32 - 1),
      BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n),
      BigUint64Array.of(0n, 2n ** 64n - 1n),
    ]) {
      expect(tensorNumbers(makeTensor('t', [2], numbers))).toEqual(numbers)
    }
    expect(tensorNumbers(makeTensor('t', [4], HALVES, DATA_TYPE.float16))).toEqual(SINGLES)
    expect(tensorNumbers(makeTensor('t', [2], Uint16Array.of(0x3f80, 0xc000), DATA_TYPE.bfloat16))).toEqual(
      Float32Array.of(1, -2),
    )
  })

  it('reads the typed fields', () => {
    const int32Data = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 5)
    expect(tensorNumbers(tensor({ dims: [2n], dataType: DATA_TYPE.int8, int32Data }))).toEqual(Int8Array.of(-1, 5))
    expect(tensorNumbers(tensor({ dims: [2n], dataType: DATA_TYPE.int32, int32Data }))).toEqual(Int32Array.of(-1, 5))
    expect(tensorNumbers(tensor({ dims: [2n], dataType: DATA_TYPE.int64, int64Data: int32Data }))).toEqual(
      BigInt64Array.of(-1n, 5n),
    )
    expect(
      tensorNumbers(tensor({ dims: [1n], dataType: DATA_TYPE.uint32, uint64Data: Uint8Array.of(0x96, 1) })),
    ).toEqual(Uint32Array.of(150))
    const half = Uint8Array.of(0x80, 0x78) // 0x3c00 as a varint
    expect(tensorNumbers(tensor({ dims: [1n], dataType: DATA_TYPE.float16, int32Data: half }))).toEqual(
      Float32Array.of(1),
    )
    const floatData = Uint8Array.of(0, 0, 0x80, 0x3f)
    expect(tensorNumbers(tensor({ dataType: DATA_TYPE.float32, floatData }))).toEqual(Float32Array.of(1))
    const doubleData = Uint8Array.of(0, 0, 0, 0, 0, 0, 0xf0, 0x3f)
    expect(tensorNumbers(tensor({ dataType: DATA_TYPE.float64, doubleData }))).toEqual(Float64Array.of(1))
    expect(tensorNumbers(tensor({ dims: [0n], dataType: DATA_TYPE.float32 }))).toEqual(new Float32Array())
  })

  it('refuses dimensions that the bytes do not bear out, before it allocates', () => {
    for (const parts of [
      { dims: [3n], dataType: DATA_TYPE.float32, rawData: new Uint8Array(8) },
      { dims: [2n ** 40n], dataType: DATA_TYPE.float32, rawData: new Uint8Array(8) },
      { dims: [2n ** 62n, 4n], dataType: DATA_TYPE.float32, rawData: new Uint8Array(0) },
      { dims: [-1n], dataType: DATA_TYPE.float32, rawData: new Uint8Array(4) },
      { dims: [2n ** 40n], dataType: DATA_TYPE.int64 },
      { dims: [1n], dataType: DATA_TYPE.string },
      { dims: [1n], rawData: new Uint8Array(4) },
    ]) {
      let thrown: unknown
      try {
        tensorNumbers(tensor(parts))
      } catch (error) {
        thrown = error
      }
      expect(isKoutuError(thrown) && thrown.code).toBe('MODEL_INVALID')
    }
  })
})

describe('widenHalf', () => {
  it('gives the same numbers in single precision, once the model is written', () => {
    // Longer than a block, so that the last one is a part.
    const many = Uint16Array.from({ length: 10_001 }, (_, i) => (i * 6151) % 0x7c00)
    const graph = makeGraph('g', {
      node: [],
      input: [],
      output: [],
      initializer: [
        widenHalf(makeTensor('raw', [10_001], many, DATA_TYPE.float16)),
        widenHalf(
          tensor({ name: 'list', dims: [1n], dataType: DATA_TYPE.float16, int32Data: Uint8Array.of(0x80, 0x78) }),
        ),
      ],
    })
    const written = decodeModel(encodeModel(makeModel(graph, 17))).graph!.initializer
    expect(written.map(({ dataType }) => dataType)).toEqual([DATA_TYPE.float32, DATA_TYPE.float32])
    expect(tensorNumbers(written[0]!)).toEqual(tensorNumbers(makeTensor('raw', [10_001], many, DATA_TYPE.float16)))
    expect(tensorNumbers(written[1]!)).toEqual(Float32Array.of(1))
  })

  it('refuses a wrong length', () => {
    expect(() => widenHalf(makeTensor('t', [3], HALVES, DATA_TYPE.float16))).toThrow('should have 3 numbers but has 4')
  })
})
