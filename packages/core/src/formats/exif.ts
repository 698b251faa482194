// EXIF as a TIFF structure (without the `Exif\0\0` prefix some containers put before it): reading the orientation,
// and cleaning the copy that goes into a result. CIPA DC-008 (Exif 2.32), TIFF 6.0.

import { type ByteView, byteSource, byteView } from './byte-view.ts'
import { type Orientation, toOrientation } from './picture-header.ts'

const ORIENTATION = 0x0112
const EXIF_IFD = 0x8769
const INTEROPERABILITY_IFD = 0xa005
const INTEROPERABILITY_INDEX = 0x0001
const COLOR_SPACE = 0xa001
const UNCALIBRATED = 65_535
const X_RESOLUTION = 0x011a
const RESOLUTION_UNIT = 0x0128
/** Units of ResolutionUnit, in inches; without one the specification takes inches. */
const INCHES: Readonly<Record<number, number>> = { 2: 1, 3: 1 / 2.54 }
const THUMBNAIL_OFFSET = 0x0201
const THUMBNAIL_LENGTH = 0x0202
const SHORT = 3
/** An IFD of more entries than this is not one a camera wrote. */
const MAX_ENTRIES = 1000

/** How much of an EXIF block is searched for the orientation; thumbnails and maker notes lie further on. */
export const MAX_EXIF_BYTES = 2 ** 16

/** The TIFF structure itself: takes off the prefix of JPEG's APP1 segment, where it is there. */
export function stripExifPrefix(exif: Uint8Array): Uint8Array {
  const prefix = [0x45, 0x78, 0x69, 0x66, 0, 0]
  return prefix.every((value, i) => exif[i] === value) ? exif.subarray(prefix.length) : exif
}

/** The orientation that EXIF states, or 1 where it states none or is damaged: that alone makes no image unreadable. */
export function exifOrientation(exif: Uint8Array): Orientation {
  try {
    const found = entriesOf(stripExifPrefix(exif))?.ifd0.find(({ tag }) => tag === ORIENTATION)
    return toOrientation(found?.view.u16(found.at + 8) ?? null)
  } catch {
    return 1
  }
}

/** Whether EXIF says that the pixels are Adobe RGB, as cameras do without a profile (DCF optional color space). */
export function exifStatesAdobeRgb(exif: Uint8Array): boolean {
  try {
    const tiff = stripExifPrefix(exif)
    const entries = entriesOf(tiff)?.ifd0 ?? []
    const inside = pointedTo(entries, EXIF_IFD)
    const space = inside.find(({ tag }) => tag === COLOR_SPACE)
    const index = pointedTo(inside, INTEROPERABILITY_IFD).find(({ tag }) => tag === INTEROPERABILITY_INDEX)
    const value = space?.view.u16(space.at + 8)
    // 2 is not in the specification, but is written by some.
    return value === 2 || (value === UNCALIBRATED && index?.view.name(index.at + 8, 3) === 'R03')
  } catch {
    return false
  }
}

function pointedTo(entries: readonly Entry[], pointer: number): readonly Entry[] {
  const entry = entries.find(({ tag }) => tag === pointer)
  return entry ? readDirectory(entry.view, entry.view.u32(entry.at + 8)).entries : []
}

/** Print resolution in pixels per inch that EXIF states, or null where it states none or is damaged. */
export function exifDensityPpi(exif: Uint8Array): number | null {
  try {
    const entries = entriesOf(stripExifPrefix(exif))?.ifd0 ?? []
    const across = entries.find(({ tag }) => tag === X_RESOLUTION)
    const unit = entries.find(({ tag }) => tag === RESOLUTION_UNIT)
    const inches = INCHES[unit ? unit.view.u16(unit.at + 8) : 2]
    if (!across || !inches) return null
    const rational = across.view.u32(across.at + 8)
    const density = across.view.u32(rational) / across.view.u32(rational + 4) / inches
    return Number.isFinite(density) && density > 0 ? density : null
  } catch {
    return null
  }
}

/**
 * A copy whose orientation is 1, as the pixels are turned already, and without the thumbnail, which would show the
 * image as it was before the cutout. Null where the bytes are not EXIF.
 */
export function cleanExif(exif: Uint8Array): Uint8Array | null {
  const copy = stripExifPrefix(exif).slice()
  try {
    const entries = entriesOf(copy)
    if (!entries) return null
    const out = new DataView(copy.buffer)
    for (const { tag, at } of entries.ifd0) {
      if (tag !== ORIENTATION) continue
      out.setUint16(at + 2, SHORT, entries.little)
      out.setUint32(at + 4, 1, entries.little)
      out.setUint32(at + 8, 0, entries.little)
      out.setUint16(at + 8, 1, entries.little)
    }
    const value = (wanted: number): number => {
      const entry = entries.ifd1.find(({ tag }) => tag === wanted)
      return entry ? entry.view.u32(entry.at + 8) : 0
    }
    const from = value(THUMBNAIL_OFFSET)
    copy.fill(0, from, from === 0 ? 0 : from + value(THUMBNAIL_LENGTH))
    out.setUint32(entries.nextAt, 0, entries.little)
    return copy
  } catch {
    return null
  }
}

const XMP_ORIENTATION = Uint8Array.from('tiff:Orientation', (letter) => letter.charCodeAt(0))
const SPACES = new Set([0x20, 0x09, 0x0a, 0x0d])
const QUOTES = new Set([0x22, 0x27])
const [EQUALS, GREATER, ONE, TWO, EIGHT] = [0x3d, 0x3e, 0x31, 0x32, 0x38]

/** A copy of XMP whose orientation is 1, for the same reason. Only ASCII is looked at, so UTF-8 stays whole. */
export function cleanXmp(xmp: Uint8Array): Uint8Array {
  const copy = xmp.slice()
  const afterSpaces = (from: number): number => {
    let at = from
    while (SPACES.has(copy[at] ?? 0)) at++
    return at
  }
  for (let at = copy.indexOf(XMP_ORIENTATION[0]!); at >= 0; at = copy.indexOf(XMP_ORIENTATION[0]!, at + 1)) {
    if (!XMP_ORIENTATION.every((letter, i) => copy[at + i] === letter)) continue
    const sign = afterSpaces(at + XMP_ORIENTATION.length)
    const next = afterSpaces(sign + 1)
    const isAttribute = copy[sign] === EQUALS && QUOTES.has(copy[next] ?? 0)
    if (!isAttribute && copy[sign] !== GREATER) continue
    const value = isAttribute ? next + 1 : next
    const digit = copy[value] ?? 0
    if (digit >= TWO && digit <= EIGHT) copy[value] = ONE
  }
  return copy
}

interface Entry {
  readonly tag: number
  readonly at: number
  readonly view: ByteView
}

function entriesOf(
  tiff: Uint8Array,
): { little: boolean; ifd0: readonly Entry[]; ifd1: readonly Entry[]; nextAt: number } | null {
  const little = tiff[0] === 0x49
  if (tiff[0] !== tiff[1] || (!little && tiff[0] !== 0x4d)) return null
  const view = byteView(byteSource(tiff), little ? 'little' : 'big', 'EXIF')
  if (view.u16(2) !== 42) return null
  const first = readDirectory(view, view.u32(4))
  const next = view.u32(first.nextAt)
  // The second directory is the thumbnail's; a damaged one is cut off with its pointer.
  let ifd1: readonly Entry[] = []
  try {
    if (next !== 0) ifd1 = readDirectory(view, next).entries
  } catch {}
  return { little, ifd0: first.entries, ifd1, nextAt: first.nextAt }
}

function readDirectory(view: ByteView, at: number): { entries: readonly Entry[]; nextAt: number } {
  const count = Math.min(view.u16(at), MAX_ENTRIES)
  const entries: Entry[] = []
  for (let i = 0, entry = at + 2; i < count; i++, entry += 12) entries.push({ tag: view.u16(entry), at: entry, view })
  return { entries, nextAt: at + 2 + count * 12 }
}
