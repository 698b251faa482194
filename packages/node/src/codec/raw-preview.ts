// The JPEG that a raw photo holds, as a file of its own. What the photo says of it is put into its EXIF. CIPA DC-008 (Exif 2.32).

import { byteSource, exifStatesAdobeRgb, findRawPreview, type Warning } from '@koutu/core'

const NOT_KEPT: Warning = { code: 'metadata-not-kept', message: 'The EXIF of the raw photo is not kept.' }

const SOI_BYTES = 2
const [SHORT, LONG] = [3, 4]
const [ORIENTATION, EXIF_DIRECTORY, COLOR_SPACE] = [0x0112, 0x8769, 0xa001]
const [SRGB, ADOBE_RGB] = [1, 2]

/** Errors: IMAGE_UNSUPPORTED. */
export function rawPreview(
  bytes: Uint8Array,
  keepMetadata: boolean,
): { readonly jpeg: Uint8Array; readonly notices: readonly Warning[] } {
  const { at, bytes: length, width, height, orientation, isOriented } = findRawPreview(byteSource(bytes))
  const jpeg = bytes.subarray(at, at + length)
  const space = exifStatesAdobeRgb(bytes) ? ADOBE_RGB : SRGB
  return {
    jpeg: isOriented
      ? jpeg
      : Buffer.concat([jpeg.subarray(0, SOI_BYTES), exifSegment(orientation, space), jpeg.subarray(SOI_BYTES)]),
    notices: [
      {
        code: 'raw-preview',
        message: `The raw photo is not developed. Its embedded JPEG of ${width} x ${height} pixels is used.`,
      },
      ...(keepMetadata && !isOriented ? [NOT_KEPT] : []),
    ],
  }
}

/** APP1 with two directories of one and two entries. */
function exifSegment(orientation: number, space: number): Uint8Array {
  const first = 8
  const second = first + 2 + 2 * 12 + 4
  const tiff = Buffer.alloc(second + 2 + 12 + 4)
  tiff.write('MM\0*', 0, 'latin1')
  tiff.writeUInt32BE(first, 4)
  tiff.writeUInt16BE(2, first)
  writeEntry(tiff, first + 2, ORIENTATION, SHORT, orientation)
  writeEntry(tiff, first + 14, EXIF_DIRECTORY, LONG, second)
  tiff.writeUInt16BE(1, second)
  writeEntry(tiff, second + 2, COLOR_SPACE, SHORT, space)
  const head = Buffer.from('\xff\xe1\0\0Exif\0\0', 'latin1')
  head.writeUInt16BE(head.length - 2 + tiff.length, 2)
  return Buffer.concat([head, tiff])
}

function writeEntry(tiff: Buffer, at: number, tag: number, type: number, value: number): void {
  tiff.writeUInt16BE(tag, at)
  tiff.writeUInt16BE(type, at + 2)
  tiff.writeUInt32BE(1, at + 4)
  if (type === SHORT) tiff.writeUInt16BE(value, at + 8)
  else tiff.writeUInt32BE(value, at + 8)
}
