// Format of a result, from its first bytes, and whether the format can carry transparency. Whether the image uses it is decided
// by decoding, which is not done here.

export type PictureKind =
  | { readonly format: 'png' | 'webp'; readonly canBeTransparent: boolean }
  | { readonly format: 'jpeg'; readonly canBeTransparent: false }
  | { readonly format: 'unknown'; readonly canBeTransparent: false }

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
/** Bytes of a PNG searched for a `tRNS` chunk, which stands before the pixels. */
const HEADER_LIMIT = 65_536

export function pictureKind(bytes: Uint8Array): PictureKind {
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return { format: 'jpeg', canBeTransparent: false }
  if (PNG.every((byte, i) => bytes[i] === byte)) return { format: 'png', canBeTransparent: pngHasAlpha(bytes) }
  if (ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 4) === 'WEBP') {
    return { format: 'webp', canBeTransparent: webpHasAlpha(bytes) }
  }
  return { format: 'unknown', canBeTransparent: false }
}

function ascii(bytes: Uint8Array, start: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(start, start + length))
}

/** Color types 4 and 6 have an alpha channel; the others only a `tRNS` chunk. PNG, 11.2.2 and 11.3.2.1. */
function pngHasAlpha(bytes: Uint8Array): boolean {
  const colorType = bytes[25]
  if (colorType === 4 || colorType === 6) return true
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let offset = PNG.length
  while (offset + 8 <= Math.min(bytes.length, HEADER_LIMIT)) {
    const name = ascii(bytes, offset + 4, 4)
    if (name === 'tRNS') return true
    if (name === 'IDAT') return false
    offset += view.getUint32(offset) + 12
  }
  return false
}

/** `VP8X` has a flag (bit 4), `VP8L` one in its header (bit 28 after the signature); plain `VP8 ` has no alpha. */
function webpHasAlpha(bytes: Uint8Array): boolean {
  const chunk = ascii(bytes, 12, 4)
  if (chunk === 'VP8X') return ((bytes[20] ?? 0) & 0x10) !== 0
  return chunk === 'VP8L' && ((bytes[24] ?? 0) & 0x10) !== 0
}
