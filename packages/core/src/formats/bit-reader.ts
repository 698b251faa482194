// Numbers of any count of bits from a byte view, least significant bit first, as in JPEG XL and Deflate. Every read outside the
// view is IMAGE_CORRUPT, as the view's own reads are.

import type { ByteView } from './byte-view.ts'

export interface BitReader {
  /** Up to 32 bits. */
  bits(count: number): number
  flag(): boolean
  skip(count: number): void
}

export function bitReader(view: ByteView, from: number): BitReader {
  let at = from * 8
  const bits = (count: number): number => {
    let value = 0
    for (let read = 0; read < count; ) {
      const offset = at % 8
      const taken = Math.min(8 - offset, count - read)
      const part = (view.u8(Math.floor(at / 8)) >> offset) & (2 ** taken - 1)
      value += part * 2 ** read
      read += taken
      at += taken
    }
    return value
  }
  return {
    bits,
    flag: () => bits(1) === 1,
    skip(count) {
      at += count
    },
  }
}
