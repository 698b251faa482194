// Numbers of a TensorProto as typed arrays, whichever field holds them, and back. Sizes are checked against the available bytes
// before anything is allocated.

import { halfTable, halfToFloat } from './half.ts'
import { DATA_TYPE, type TensorProto } from './onnx.ts'
import { type ByteSource, invalidModel, type LazyBytes, WireReader } from './wire.ts'

export type TensorNumbers =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array

/** Bytes of one number of a data type, where a byte or more. */
const WIDTH: Readonly<Record<number, number>> = {
  [DATA_TYPE.float32]: 4,
  [DATA_TYPE.uint8]: 1,
  [DATA_TYPE.int8]: 1,
  [DATA_TYPE.uint16]: 2,
  [DATA_TYPE.int16]: 2,
  [DATA_TYPE.int32]: 4,
  [DATA_TYPE.int64]: 8,
  [DATA_TYPE.bool]: 1,
  [DATA_TYPE.float16]: 2,
  [DATA_TYPE.float64]: 8,
  [DATA_TYPE.uint32]: 4,
  [DATA_TYPE.uint64]: 8,
  [DATA_TYPE.bfloat16]: 2,
}

/** Product of the dimensions; 1 for a scalar. Errors: MODEL_INVALID where it is no count. */
function tensorLength(tensor: TensorProto): number {
  let length = 1
  for (const dim of tensor.dims) {
    length *= Number(dim)
    if (dim < 0n || length > Number.MAX_SAFE_INTEGER) {
      throw invalidModel(`tensor '${tensor.name ?? ''}' has the dimensions ${tensor.dims.slice(0, 8).join(' x ')}`)
    }
  }
  return length
}

/**
 * The numbers of a tensor, as a copy. float16 and bfloat16 become float32, bool becomes 0 and 1 in a Uint8Array.
 * Errors: MODEL_INVALID for strings, types below a byte, external data, and a length that is not the dimensions' product.
 */
export function tensorNumbers(tensor: TensorProto): TensorNumbers {
  const bytes = tensorBytes(tensor)
  const { buffer } = bytes
  switch (tensor.dataType) {
    case DATA_TYPE.float32:
      return new Float32Array(buffer)
    case DATA_TYPE.float16:
      return halfToFloat(new Uint16Array(buffer))
    case DATA_TYPE.bfloat16:
      return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer)
    case DATA_TYPE.float64:
      return new Float64Array(buffer)
    case DATA_TYPE.int8:
      return new Int8Array(buffer)
    case DATA_TYPE.int16:
      return new Int16Array(buffer)
    case DATA_TYPE.uint16:
      return new Uint16Array(buffer)
    case DATA_TYPE.int32:
      return new Int32Array(buffer)
    case DATA_TYPE.uint32:
      return new Uint32Array(buffer)
    case DATA_TYPE.int64:
      return new BigInt64Array(buffer)
    case DATA_TYPE.uint64:
      return new BigUint64Array(buffer)
    default:
      return bytes
  }
}

/** Little-endian bytes of a tensor in a buffer of their own. */
function tensorBytes(tensor: TensorProto): Uint8Array<ArrayBuffer> {
  const width = WIDTH[tensor.dataType ?? 0]
  if (width === undefined) throw invalidModel(`tensor '${tensor.name ?? ''}' is of type ${tensor.dataType ?? 'none'}`)
  const length = tensorLength(tensor)
  const source = tensor.rawData ?? fixedField(tensor)
  const actual = source ? source.byteLength / width : varintCount(varintField(tensor))
  if (actual !== length) {
    throw invalidModel(`tensor '${tensor.name ?? ''}' should have ${length} numbers but has ${actual}`)
  }
  const bytes = new Uint8Array(length * width)
  if (source) copyInto(bytes, source)
  else narrow(varintField(tensor), bytes, width)
  return bytes
}

function copyInto(target: Uint8Array, source: ByteSource): void {
  if (source instanceof Uint8Array) target.set(source)
  else source.writeTo(target)
}

function fixedField({ dataType, floatData, doubleData }: TensorProto): Uint8Array | undefined {
  if (dataType === DATA_TYPE.float32) return floatData ?? new Uint8Array()
  if (dataType === DATA_TYPE.float64) return doubleData ?? new Uint8Array()
  return undefined
}

function varintField({ dataType, int32Data, int64Data, uint64Data }: TensorProto): Uint8Array {
  if (dataType === DATA_TYPE.int64) return int64Data ?? new Uint8Array()
  if (dataType === DATA_TYPE.uint32 || dataType === DATA_TYPE.uint64) return uint64Data ?? new Uint8Array()
  return int32Data ?? new Uint8Array()
}

/** Each varint has exactly one byte without the continuation bit. */
function varintCount(packed: Uint8Array): number {
  let count = 0
  for (const byte of packed) if (byte < 0x80) count++
  return count
}

/** The low `width` bytes of each varint: two's complement makes signed and unsigned the same. */
function narrow(packed: Uint8Array, target: Uint8Array, width: number): void {
  const reader = new WireReader(packed)
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength)
  for (let at = 0; !reader.isDone; at += width) {
    const value = reader.varint()
    if (width === 1) view.setUint8(at, Number(value & 0xffn))
    else if (width === 2) view.setUint16(at, Number(value & 0xffffn), true)
    else if (width === 4) view.setUint32(at, Number(value & 0xffff_ffffn), true)
    else view.setBigUint64(at, value, true)
  }
}

/** A float16 tensor as float32, converted only when it is written. Errors: MODEL_INVALID for a wrong length. */
export function widenHalf(tensor: TensorProto): TensorProto {
  const length = tensorLength(tensor)
  const { int32Data: _, ...rest } = tensor
  const raw = tensor.rawData
  const halves = raw instanceof Uint8Array ? raw : tensorBytes(tensor)
  if (halves.length !== length * 2) {
    throw invalidModel(`tensor '${tensor.name ?? ''}' should have ${length} numbers but has ${halves.length / 2}`)
  }
  return { ...rest, dataType: DATA_TYPE.float32, rawData: lazySingles(halves) }
}

/** Numbers converted at a time: fits the first-level cache beside the table's busy part. */
const BLOCK = 4096

function lazySingles(halves: Uint8Array): LazyBytes {
  return {
    byteLength: halves.length * 2,
    writeTo(target) {
      const singles = halfTable()
      // The target is seldom aligned to four bytes, so blocks are made apart and copied.
      const block = new Uint32Array(BLOCK)
      const blockBytes = new Uint8Array(block.buffer)
      const length = halves.length / 2
      for (let from = 0; from < length; from += BLOCK) {
        const count = Math.min(BLOCK, length - from)
        for (let i = 0, at = from * 2; i < count; i++, at += 2) {
          block[i] = singles[halves[at]! | (halves[at + 1]! << 8)]!
        }
        target.set(count === BLOCK ? blockBytes : blockBytes.subarray(0, count * 4), from * 4)
      }
    },
  }
}
