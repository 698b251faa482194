// Whether the coded data of a HEIF image lies within its file. Decoders leave a tile out whose data is missing, and say nothing.
// ISO/IEC 14496-12, sections 8.11.3 (iloc) and 8.11.12 (iref); 23008-12, section 6.6.2.3 (grids).

import { boxes, type FileBox } from './boxes.ts'
import type { ByteView } from './byte-view.ts'

interface Reference {
  readonly type: string
  readonly from: number
  readonly to: readonly number[]
}

/** Items whose data the image needs: itself, what it is put together of, and its alpha, of which `isAlpha` tells. */
export function neededItems(
  view: ByteView,
  iref: FileBox | undefined,
  item: number,
  isAlpha: (item: number) => boolean,
): ReadonlySet<number> {
  const references = iref ? readReferences(view, iref) : []
  const alphas = references.filter(({ type, from, to }) => type === 'auxl' && to.includes(item) && isAlpha(from))
  const images = new Set([item, ...alphas.map(({ from }) => from)])
  const parts = references.filter(({ type, from }) => type === 'dimg' && images.has(from)).flatMap(({ to }) => to)
  return new Set([...images, ...parts])
}

function readReferences(view: ByteView, iref: FileBox): readonly Reference[] {
  const [read, width] = view.u8(iref.from) === 0 ? [view.u16, 2] : [view.u32, 4]
  return boxes(view, iref.from + 4, iref.to).map(({ type, from }) => ({
    type,
    from: read(from),
    to: Array.from({ length: view.u16(from + width) }, (_, i) => read(from + width + 2 + i * width)),
  }))
}

/** Whether the data of every item of `needed` ends before the file does. Data that lies elsewhere than in the file's own bytes counts as there. */
export function hasAllData(view: ByteView, iloc: FileBox, needed: ReadonlySet<number>): boolean {
  const version = view.u8(iloc.from)
  const sizes = view.u16(iloc.from + 4)
  const [offsetSize, lengthSize, baseSize] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15]
  const indexSize = version === 0 ? 0 : sizes & 15
  const idSize = version < 2 ? 2 : 4
  let at = iloc.from + 6
  const next = (size: number): number => {
    const value = size === 8 ? view.u64(at) : size === 4 ? view.u32(at) : size === 2 ? view.u16(at) : 0
    at += size
    return value
  }
  const count = next(idSize)
  for (let i = 0; i < count && at < iloc.to; i++) {
    const id = next(idSize)
    const method = version === 0 ? 0 : next(2) & 15
    const isHere = next(2) === 0 && method === 0
    const base = next(baseSize)
    for (let left = next(2); left > 0 && at < iloc.to; left--) {
      next(indexSize)
      const from = base + next(offsetSize)
      const end = from + next(lengthSize)
      if (isHere && needed.has(id) && end > view.length) return false
    }
  }
  return true
}
