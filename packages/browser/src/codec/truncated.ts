// Whether a file ends before its pixels do. Some browsers refuse such a file, others show what there is of it. Judged by the structure
// alone: nothing is decoded. Formats whose decoders refuse everywhere are left to them.

import type { InputFormat } from '@koutu/core/ports'

/** A PNG of 16 x 16 pixels that ends in the middle of them. */
const TRUNCATED =
  'iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAAAAAA6mKC9AAABGElEQVR4nGNIPKTc8tRtOUfmKe2et37rBRguGU/5GrZdovKW9Zy/cfsVGhmcl7CmHdfofOW9hjfvvMHETwxbRMs='

let probing: Promise<boolean> | null = null

/** Errors are left to the decoder where it finds them itself. */
export async function endsEarly(bytes: Uint8Array, format: InputFormat): Promise<boolean> {
  if (isWhole(bytes, format)) return false
  probing ??= createImageBitmap(new Blob([Uint8Array.from(atob(TRUNCATED), (one) => one.charCodeAt(0))])).then(
    () => true,
    () => false,
  )
  return probing
}

/** Whether the file holds all of its pixels, as far as its structure says. */
export function isWhole(bytes: Uint8Array, format: InputFormat): boolean {
  return CHECKS[format]?.(bytes) ?? true
}

const CHECKS: Readonly<Partial<Record<InputFormat, (bytes: Uint8Array) => boolean>>> = {
  png: isWholePng,
  jpeg: isWholeJpeg,
  gif: isWholeGif,
  avif: isWholeHeif,
  heic: isWholeHeif,
}

/** W3C PNG (third edition), section 5.3: chunks of length, name, data and checksum, the last one IEND. */
export function isWholePng(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 8; at + 12 <= bytes.length; at += view.getUint32(at) + 12) {
    if (view.getUint32(at + 4) === 0x49_45_4e_44) return true
  }
  return false
}

/** ISO/IEC 14496-12, section 4.2: boxes of length and name. Bytes behind the boxes that matter are nobody's. */
function isWholeHeif(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at + 16 <= bytes.length; ) {
    const stated = view.getUint32(at)
    const size = stated === 1 ? Number(view.getBigUint64(at + 8)) : stated
    const name = view.getUint32(at + 4)
    if (at + size > bytes.length && (name === META || name === MDAT)) return false
    // 0: up to the end.
    if (size < 8) break
    at += size
  }
  return true
}

const [META, MDAT] = [0x6d_65_74_61, 0x6d_64_61_74]

/** Markers of JPEG. */
const [SOI, EOI, TEM, FIRST_RST, LAST_RST] = [0xd8, 0xd9, 0x01, 0xd0, 0xd7]

/** ITU-T T.81, annex B: segments, and between them coded data, in which 0xff is followed by 0. */
export function isWholeJpeg(bytes: Uint8Array): boolean {
  let at = 0
  while (at + 1 < bytes.length) {
    const marker = bytes[at + 1]!
    if (bytes[at] !== 0xff || marker === 0 || marker === 0xff) {
      // Coded data, or bytes that fill up before a marker.
      at++
    } else if (marker === EOI) {
      return true
    } else if (marker === SOI || marker === TEM || (marker >= FIRST_RST && marker <= LAST_RST)) {
      at += 2
    } else {
      if (at + 3 >= bytes.length) return false
      at += 2 + Math.max(2, bytes[at + 2]! * 256 + bytes[at + 3]!)
    }
  }
  return false
}

export function isWholeGif(bytes: Uint8Array): boolean {
  return gifBlocks(bytes).isWhole
}

/** GIF89a, sections 15 to 26: whether the first frame is whole, and the file as far as its sub-blocks are, up to its end. */
export function gifBlocks(bytes: Uint8Array): { readonly isWhole: boolean; readonly whole: Uint8Array } {
  const table = (flags: number) => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0)
  let at = 13 + table(bytes[10] ?? 0)
  let whole = at
  while (at < bytes.length) {
    const kind = bytes[at]
    const isImage = kind === 0x2c
    if (!isImage && kind !== 0x21) break
    at += isImage ? 11 + table(bytes[at + 9] ?? 0) : 2
    // Sub-blocks, ended by an empty one.
    while (at < bytes.length && bytes[at] !== 0) {
      whole = at
      at += bytes[at]! + 1
    }
    if (at >= bytes.length) break
    if (isImage) return { isWhole: true, whole: bytes }
    at++
  }
  return { isWhole: false, whole: bytes.subarray(0, whole) }
}
