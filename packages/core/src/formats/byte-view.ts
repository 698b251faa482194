// Bounds-checked reads of numbers and short names from untrusted bytes, within a budget of steps. Knows no format.
//
// The budget is what keeps every header reader linear: whatever a reader does, it does it by reads, and a file that asks
// for more of them than its size allows is refused. Readers therefore have no limits of their own on boxes or chunks.

import { KoutuError } from '../errors/koutu-error.ts'

/** Bytes that need not be in memory at once, such as a file's. */
export interface ByteSource {
  readonly length: number
  /** A piece that holds at least `count` bytes from `at` on, and says where it begins. Only asked for what exists. */
  piece(at: number, count: number): { readonly from: number; readonly bytes: Uint8Array }
}

/** Bytes in memory are a source of one piece. */
export function byteSource(bytes: Uint8Array): ByteSource {
  const whole = { from: 0, bytes }
  return { length: bytes.length, piece: () => whole }
}

/** `length` bytes of a source from `at` on, as a source of their own. */
export function partOf(source: ByteSource, at: number, length: number): ByteSource {
  return {
    length,
    piece(from, count) {
      const found = source.piece(at + from, count)
      const skipped = at + from - found.from
      return { from, bytes: found.bytes.subarray(skipped, Math.min(found.bytes.length, skipped + length - from)) }
    },
  }
}

/** Every read outside the bytes, or beyond the budget, throws IMAGE_CORRUPT. Offsets are from the start of the bytes. */
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
  /** What there is of `count` bytes, in the source's own memory. */
  bytes(at: number, count: number): Uint8Array
}

const NOTHING = new Uint8Array(0)

/** Loading a piece of a file takes as long as so many reads of what is loaded; a read takes about 10 ns. */
const STEPS_PER_PIECE = 256

/**
 * Reads that the header of a file of `length` bytes may take. The walk over every sub-block of a GIF, the longest that a
 * real file needs, takes one for 256 bytes.
 */
export function maxSteps(length: number): number {
  return 2 ** 17 + Math.ceil(length / 64)
}

export function byteView(source: ByteSource, order: 'big' | 'little', what: string): ByteView {
  const little = order === 'little'
  let from = 0
  let piece: Uint8Array = NOTHING
  let view: DataView = new DataView(NOTHING.buffer)
  let stepsLeft = maxSteps(source.length)
  const spend = (steps: number): void => {
    stepsLeft -= steps
    if (stepsLeft < 0) throw corrupt(`the ${what} header has too many parts for a file of ${source.length} bytes`)
  }
  /** Where `at` lies in the piece that holds it. */
  const seek = (at: number, count: number): number => {
    // Written so that NaN and infinities fail too.
    if (!(at >= 0 && at + count <= source.length)) throw truncated(what, source.length)
    spend(1)
    if (at < from || at + count > from + piece.length) {
      spend(STEPS_PER_PIECE)
      ;({ from, bytes: piece } = source.piece(at, count))
      view = new DataView(piece.buffer, piece.byteOffset, piece.byteLength)
    }
    return at - from
  }
  const u8 = (at: number): number => {
    const here = seek(at, 1)
    return view.getUint8(here)
  }
  const bytes = (at: number, count: number): Uint8Array => {
    const here = seek(at, count)
    return piece.subarray(here, here + count)
  }
  return {
    length: source.length,
    u8,
    u16(at) {
      const here = seek(at, 2)
      return view.getUint16(here, little)
    },
    u24(at) {
      seek(at, 3)
      return little ? u8(at) | (u8(at + 1) << 8) | (u8(at + 2) << 16) : (u8(at) << 16) | (u8(at + 1) << 8) | u8(at + 2)
    },
    u32(at) {
      const here = seek(at, 4)
      return view.getUint32(here, little)
    },
    u64(at) {
      const here = seek(at, 8)
      return Number(view.getBigUint64(here, little))
    },
    name(at, count) {
      spend(count)
      return String.fromCharCode(...bytes(at, count))
    },
    bytes: (at, count) => bytes(at, Math.min(count, Math.max(0, source.length - at))),
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
