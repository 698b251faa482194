// Bounds-checked reads of numbers and short names from bytes nobody trusts. Knows no format.

import { KoutuError } from '../errors/koutu-error.ts'

/** Every read outside the bytes throws IMAGE_CORRUPT; no read changes anything. Offsets are from the start of the bytes. */
export interface ByteView {
  readonly length: number
  u8(at: number): number
  u16(at: number): number
  u24(at: number): number
  u32(at: number): number
  /** Up to 2^53; larger values come out as too far, which every later read refuses. */
  u64(at: number): number
  /** Latin-1 text of `count` bytes. */
  name(at: number, count: number): string
}

export function byteView(bytes: Uint8Array, order: 'big' | 'little', what: string): ByteView {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const little = order === 'little'
  const need = (at: number, count: number): void => {
    // Written so that NaN and infinities fail too.
    if (!(at >= 0 && at + count <= bytes.length)) throw truncated(what, bytes.length)
  }
  const u8 = (at: number): number => {
    need(at, 1)
    return view.getUint8(at)
  }
  return {
    length: bytes.length,
    u8,
    u16(at) {
      need(at, 2)
      return view.getUint16(at, little)
    },
    u24(at) {
      need(at, 3)
      return little ? u8(at) | (u8(at + 1) << 8) | (u8(at + 2) << 16) : (u8(at) << 16) | (u8(at + 1) << 8) | u8(at + 2)
    },
    u32(at) {
      need(at, 4)
      return view.getUint32(at, little)
    },
    u64(at) {
      need(at, 8)
      return Number(view.getBigUint64(at, little))
    },
    name(at, count) {
      need(at, count)
      return String.fromCharCode(...bytes.subarray(at, at + count))
    },
  }
}

function truncated(what: string, length: number): KoutuError {
  return new KoutuError('IMAGE_CORRUPT', {
    detail: `the ${what} header points past the end of its ${length} bytes`,
    data: { bytes: length },
  })
}

export function corrupt(detail: string): KoutuError {
  return new KoutuError('IMAGE_CORRUPT', { detail })
}

/** `variant` says what kind of file it is, such as `a TIFF with 32-bit samples`. */
export function unsupported(variant: string, type: string): KoutuError {
  return new KoutuError('IMAGE_UNSUPPORTED', { detail: `it is ${variant}`, data: { type } })
}
