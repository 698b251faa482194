// Whether a file holds a gain map, which lifts its SDR base image to HDR. koutu uses the base image alone.
// Adobe Gain Map 1.0 and Ultra HDR (`hdrgm` in XMP), ISO 21496-1 (its name in an APP2 segment; `tmap` items in HEIF), Apple's
// auxiliary images.

import { jpegHeaderSegments, type PictureHeader, type Warning } from '@koutu/core'

const [APP1, APP2] = [0xe1, 0xe2]
const ISO_NAME = 'urn:iso:std:iso:ts:21496:-1'
const IN_BOXES = ['infe', 'tmap'] as const
const APPLE_NAME = 'urn:com:apple:photo:2020:aux:hdrgainmap'

export function gainMapWarning(bytes: Uint8Array, { format }: Pick<PictureHeader, 'format'>): Warning | null {
  const isThere = format === 'jpeg' ? inJpeg(bytes) : (format === 'avif' || format === 'heic') && inBoxes(bytes)
  if (!isThere) return null
  return {
    code: 'gain-map-ignored',
    message: 'The image is HDR by a gain map. Its SDR base image was used; the result is SDR.',
  }
}

function inJpeg(bytes: Uint8Array): boolean {
  for (const { marker, body } of jpegHeaderSegments(bytes)) {
    if (marker !== APP1 && marker !== APP2) continue
    const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
    if (marker === APP2 && text.toString('latin1', 0, ISO_NAME.length) === ISO_NAME) return true
    if (marker === APP1 && /\bhdrgm:Version\b/.test(text.toString('latin1'))) return true
  }
  return false
}

/** Looked for before the media data, which follows all boxes in common files. */
function inBoxes(bytes: Uint8Array): boolean {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const media = file.indexOf('mdat', 0, 'latin1')
  const boxes = file.subarray(0, media < 0 ? file.length : media)
  if (boxes.includes(APPLE_NAME, 0, 'latin1')) return true
  const [entry, type] = IN_BOXES
  // An item entry: its box's name, version and flags, id, protection, then the item's type. 14496-12, 8.11.6.
  for (let at = boxes.indexOf(entry, 0, 'latin1'); at >= 0; at = boxes.indexOf(entry, at + 4, 'latin1')) {
    const idBytes = boxes[at + 4] === 3 ? 4 : 2
    if (boxes.toString('latin1', at + 10 + idBytes, at + 14 + idBytes) === type) return true
  }
  return false
}
