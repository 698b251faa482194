// The protobuf wire format: tags, varints, fixed-width numbers, length-delimited bytes. Knows no message.
// https://protobuf.dev/programming-guides/encoding/
// Reading is zero-copy (subarrays of the input) and never trusts a length: bytes come from anywhere.

import { KoutuError } from '@koutu/core'

/** How a field's value is written. Groups (3 and 4) are obsolete and refused. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const

/** Bytes that are produced only when they are written, so that a large conversion never exists twice. */
export interface LazyBytes {
  readonly byteLength: number
  /** Fills `target`, which has exactly `byteLength` bytes. */
  writeTo(target: Uint8Array): void
}

export type ByteSource = Uint8Array | LazyBytes

export function invalidModel(detail: string): KoutuError {
  return new KoutuError('MODEL_INVALID', { detail })
}

/** Walks over the fields of one message. Every method throws MODEL_INVALID where the bytes end too early. */
export class WireReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isDone(): boolean {
    return this.#at >= this.#bytes.length
  }

  /** Offset of the next byte to read. */
  get offset(): number {
    return this.#at
  }

  /** The next field's number and wire type as one number: `field * 8 + type`. */
  tag(): number {
    const tag = this.#unsigned()
    const type = tag % 8
    if (tag < 8 || tag > 0xffff_ffff || type === 3 || type === 4 || type > 5) {
      throw invalidModel(`expected a protobuf field but received tag ${tag} at byte ${this.#at}`)
    }
    return tag
  }

  /** Low 64 bits, unsigned. Longer than ten bytes is no varint. */
  varint(): bigint {
    let low = 0
    let shift = 0
    // Four groups of seven bits fit a small integer; nearly all numbers of a model end here.
    while (shift < 28) {
      const byte = this.#byte()
      low |= (byte & 0x7f) << shift
      if (byte < 0x80) return BigInt(low)
      shift += 7
    }
    let value = BigInt(low)
    for (; shift < 70; shift += 7) {
      const byte = this.#byte()
      value |= BigInt(byte & 0x7f) << BigInt(shift)
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw invalidModel(`expected a varint of at most 10 bytes at byte ${this.#at}`)
  }

  fixed32(): Uint8Array {
    return this.#take(4)
  }

  fixed64(): Uint8Array {
    return this.#take(8)
  }

  float(): number {
    const { buffer, byteOffset } = this.#take(4)
    return new DataView(buffer, byteOffset, 4).getFloat32(0, true)
  }

  /** A view of the input, not a copy. */
  bytes(): Uint8Array {
    return this.#take(this.#unsigned())
  }

  skip(type: number): void {
    if (type === WIRE.varint) this.varint()
    else if (type === WIRE.bytes) this.bytes()
    else this.#take(type === WIRE.fixed32 ? 4 : 8)
  }

  /** What was read between an earlier `offset` and now, as a view. */
  since(offset: number): Uint8Array {
    return this.#bytes.subarray(offset, this.#at)
  }

  #byte(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) throw invalidModel(`the file ends inside a number at byte ${this.#at} of a message`)
    this.#at++
    return byte
  }

  #unsigned(): number {
    // Beyond 2^53 this rounds, which is still far beyond any length that passes the checks.
    return Number(this.varint())
  }

  #take(length: number): Uint8Array {
    const rest = this.#bytes.length - this.#at
    if (length > rest) throw invalidModel(`expected ${length} more bytes but the message has ${rest}`)
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }
}

/** Fills a buffer whose size was computed beforehand with the `…Size` functions. */
export class WireWriter {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(byteLength: number) {
    this.#bytes = new Uint8Array(byteLength)
    this.#view = new DataView(this.#bytes.buffer)
  }

  tag(field: number, type: number): void {
    this.varint(field * 8 + type)
  }

  /** Negative numbers take their two's complement of 64 bits, as int32, int64 and enums do. */
  varint(value: number | bigint): void {
    if (typeof value === 'number' && value >= 0 && value <= 0x7fff_ffff) {
      let rest = value
      while (rest >= 0x80) {
        this.#bytes[this.#at++] = (rest & 0x7f) | 0x80
        rest >>>= 7
      }
      this.#bytes[this.#at++] = rest
      return
    }
    let rest = BigInt.asUintN(64, BigInt(value))
    while (rest >= 0x80n) {
      this.#bytes[this.#at++] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    this.#bytes[this.#at++] = Number(rest)
  }

  float(value: number): void {
    this.#view.setFloat32(this.#at, value, true)
    this.#at += 4
  }

  /** The bytes alone: the length before them is the caller's to write. */
  bytes(source: ByteSource): void {
    const end = this.#at + source.byteLength
    if (source instanceof Uint8Array) this.#bytes.set(source, this.#at)
    else source.writeTo(this.#bytes.subarray(this.#at, end))
    this.#at = end
  }

  /** The whole buffer; throws INTERNAL where the computed size was not the written one. */
  finish(): Uint8Array {
    if (this.#at !== this.#bytes.length) {
      throw new KoutuError('INTERNAL', {
        detail: `expected to write ${this.#bytes.length} bytes but wrote ${this.#at}`,
      })
    }
    return this.#bytes
  }
}

export function varintSize(value: number | bigint): number {
  if (typeof value === 'number' && value >= 0) {
    let size = 1
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++
    return size
  }
  let size = 1
  for (let rest = BigInt.asUintN(64, BigInt(value)); rest >= 0x80n; rest >>= 7n) size++
  return size
}
