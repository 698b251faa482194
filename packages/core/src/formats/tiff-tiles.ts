// Where the tiles or strips of a TIFF lie. TIFF 6.0, sections 3 and 15.

import type { ByteView } from './byte-view.ts'

/** Numbers of one tag. */
export interface TagValues {
  readonly at: number
  readonly count: number
  /** Bytes of one. */
  readonly size: 1 | 2 | 4 | 8
}

/** Numbers in one read: of a million tiles, each would cost a step of the view's budget. */
const IN_ONE_READ = 4096

/** Where the data of a tile or strip lies. */
export interface Piece {
  readonly at: number
  readonly length: number
}

/** Those of no bytes are empty on purpose, and left out. */
export function* piecesOf(
  view: ByteView,
  offsets: TagValues,
  byteCounts: TagValues,
  little: boolean,
): Generator<Piece> {
  const count = Math.min(offsets.count, byteCounts.count)
  for (let from = 0; from < count; from += IN_ONE_READ) {
    const many = Math.min(IN_ONE_READ, count - from)
    const [starts, lengths] = [read(view, offsets, from, many, little), read(view, byteCounts, from, many, little)]
    for (const [i, at] of starts.entries()) if (lengths[i]! > 0) yield { at, length: lengths[i]! }
  }
}

/** What there is of the values. */
function read(view: ByteView, { at, size }: TagValues, from: number, count: number, little: boolean): number[] {
  const bytes = view.bytes(at + from * size, count * size)
  const numbers = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, i) => {
    if (size === 8) return Number(numbers.getBigUint64(i * 8, little))
    return size === 4 ? numbers.getUint32(i * 4, little) : size === 2 ? numbers.getUint16(i * 2, little) : bytes[i]!
  })
}
