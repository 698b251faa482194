// Boxes of the ISO base media file format, which HEIF, JPEG XL, JPEG 2000 and Canon's CR3 are made of. ISO/IEC 14496-12, section 4.2.

import { type ByteSource, type ByteView, byteView, corrupt } from './byte-view.ts'

export interface FileBox {
  readonly type: string
  /** First byte of the contents, and one past the last. */
  readonly from: number
  readonly to: number
}

/** The boxes between two bytes. Errors: IMAGE_CORRUPT. */
export function boxes(view: ByteView, from: number, to: number): readonly FileBox[] {
  const found: FileBox[] = []
  for (let at = from; at + 8 <= to; ) {
    let size = view.u32(at)
    const type = view.name(at + 4, 4)
    let header = 8
    if (size === 1) {
      size = view.u64(at + 8)
      header = 16
    } else if (size === 0) {
      size = to - at
    }
    // Also what keeps the walk moving. Boxes that reach outside are cut, as the media data of a truncated file.
    if (size < header) throw corrupt(`the '${type}' box has ${size} bytes`)
    found.push({ type, from: at + header, to: Math.min(at + size, to) })
    at += size
  }
  return found
}

export function findBox(list: readonly FileBox[], type: string): FileBox | undefined {
  return list.find((box) => box.type === type)
}

/** The outermost boxes of a file, or none where it is not made of boxes. */
export function boxesOf(source: ByteSource): readonly FileBox[] {
  try {
    return boxes(byteView(source, 'big', 'file'), 0, source.length)
  } catch {
    return []
  }
}
