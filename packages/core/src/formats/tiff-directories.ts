// All directories of a TIFF structure with the numbers that they state: the chain, and those below its directories, in which raw
// photos keep their images. TIFF 6.0; TIFF technical note 1 (SubIFDs).

import type { ByteView } from './byte-view.ts'

const SUB_DIRECTORIES = 330
/** Byte sizes of the field types whose numbers are read: BYTE, SHORT, LONG, UNDEFINED, IFD. */
const SIZES: Readonly<Record<number, 1 | 2 | 4>> = { 1: 1, 3: 2, 4: 4, 7: 1, 13: 4 }
/** Raw photos have up to ten. */
const MAX_DIRECTORIES = 32
const MAX_TAGS = 512

interface TiffField {
  readonly count: number
  /** The first value. */
  readonly value: number
  /** Where the values lie. */
  readonly at: number
}

export type TiffDirectory = ReadonlyMap<number, TiffField>

/** Reads what can be read: a damaged directory ends its chain. BigTIFF, which no camera writes, has none. */
export function tiffDirectories(view: ByteView): readonly TiffDirectory[] {
  const found: TiffDirectory[] = []
  const seen = new Set<number>()
  const isBig = view.u16(2) === 43
  const waiting = isBig ? [] : [view.u32(4)]
  while (waiting.length > 0 && found.length < MAX_DIRECTORIES) {
    const at = waiting.shift()!
    if (at === 0 || seen.has(at)) continue
    seen.add(at)
    try {
      const { directory, next } = readDirectory(view, at)
      found.push(directory)
      waiting.push(next)
      const below = directory.get(SUB_DIRECTORIES)
      for (let i = 0; below && i < Math.min(below.count, MAX_DIRECTORIES); i++) waiting.push(view.u32(below.at + 4 * i))
    } catch {}
  }
  return found
}

function readDirectory(view: ByteView, at: number): { directory: TiffDirectory; next: number } {
  const count = Math.min(view.u16(at), MAX_TAGS)
  const directory = new Map<number, TiffField>()
  for (let i = 0, entry = at + 2; i < count; i++, entry += 12) {
    const size = SIZES[view.u16(entry + 2)]
    if (!size) continue
    const values = view.u32(entry + 4)
    const from = values * size <= 4 ? entry + 8 : view.u32(entry + 8)
    if (values < 1 || from + values * size > view.length) continue
    const value = size === 1 ? view.u8(from) : size === 2 ? view.u16(from) : view.u32(from)
    directory.set(view.u16(entry), { count: values, value, at: from })
  }
  return { directory, next: view.u32(at + 2 + count * 12) }
}
