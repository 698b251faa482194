// EXIF and XMP in the boxes around a JPEG XL codestream. ISO/IEC 18181-2: boxes `Exif`, `xml ` and `brob`, in which either may lie
// compressed by Brotli.

import { brotliDecompressSync } from 'node:zlib'
import { boxesOf, byteSource, cleanExif, MAX_KEPT_BYTES, stripExifPrefix } from '@koutu/core'

/** Before the EXIF of a box: how far it lies. */
const EXIF_OFFSET_BYTES = 4
const TYPE_BYTES = 4

export interface JpegXlMetadata {
  /** Its orientation is 1: that of the codestream counts, and is applied by the decoder. */
  readonly exif: Uint8Array | null
  readonly xmp: Uint8Array | null
}

/** Damaged metadata is none. */
export function jpegXlMetadata(bytes: Uint8Array): JpegXlMetadata {
  let metadata: JpegXlMetadata = { exif: null, xmp: null }
  for (const { type, from, to } of boxesOf(byteSource(bytes))) {
    const body = bytes.subarray(from, to)
    const isCompressed = type === 'brob'
    const name = isCompressed ? String.fromCharCode(...body.subarray(0, TYPE_BYTES)) : type
    if (name !== 'Exif' && name !== 'xml ') continue
    const plain = isCompressed ? decompressed(body.subarray(TYPE_BYTES)) : body
    if (!plain) continue
    metadata = name === 'Exif' ? { ...metadata, exif: exifOf(plain) } : { ...metadata, xmp: plain }
  }
  return metadata
}

function exifOf(box: Uint8Array): Uint8Array | null {
  const exif = box.subarray(EXIF_OFFSET_BYTES + (box.length < EXIF_OFFSET_BYTES ? 0 : Buffer.from(box).readUInt32BE(0)))
  return cleanExif(stripExifPrefix(exif))
}

function decompressed(bytes: Uint8Array): Uint8Array | null {
  try {
    return brotliDecompressSync(bytes, { maxOutputLength: MAX_KEPT_BYTES })
  } catch {
    return null
  }
}
