// Raw camera photos: the largest JPEG that lies in one. Its pixels are the camera's own rendering; the sensor's data is not read.
// TIFF/EP (ISO 12234-2) and DNG 1.7; the layouts of CR2, CR3, NEF, ARW, RW2 and RAF as ExifTool documents them.

import { boxes, findBox } from './boxes.ts'
import { type ByteSource, type ByteView, byteView, partOf, unsupported } from './byte-view.ts'
import { exifOrientation, MAX_EXIF_BYTES } from './exif.ts'
import { readJpegParts } from './jpeg.ts'
import type { Orientation, PictureHeader } from './picture-header.ts'
import { type TiffDirectory, tiffDirectories } from './tiff-directories.ts'

const TAG = {
  panasonicJpeg: 46,
  compression: 259,
  photometric: 262,
  stripOffsets: 273,
  orientation: 274,
  stripByteCounts: 279,
  jpegOffset: 513,
  jpegLength: 514,
  dngVersion: 50706,
} as const
/** Photometric interpretations of a sensor's data: a color filter array, or one made linear. */
const SENSOR_DATA = new Set([32803, 34892])
/** Old and new. */
const JPEG_COMPRESSIONS = new Set([6, 7])
const FUJI_START = 'FUJIFILM'
/** Where a Fujifilm file states place and length of its JPEG. */
const FUJI_JPEG_AT = 84
/** Of the longer side. Smaller ones are thumbnails, and no result that anybody wants. */
const MIN_SIDE_PX = 512
/** Each has a header to read: the largest are looked at. */
const MAX_JPEGS = 8

interface Place {
  readonly at: number
  readonly bytes: number
}

export interface RawPreview extends Place {
  readonly width: number
  readonly height: number
  readonly orientation: Orientation
  /** Whether the JPEG itself states its orientation. */
  readonly isOriented: boolean
}

/** Whether a file that opens like a TIFF holds the data of a sensor. */
export function isRaw(source: ByteSource): boolean {
  return tiffDirectories(tiffView(source)).some(
    (directory) => directory.has(TAG.dngVersion) || SENSOR_DATA.has(directory.get(TAG.photometric)?.value ?? 0),
  )
}

/** Of the preview. Errors: IMAGE_UNSUPPORTED. */
export function readRawHeader(source: ByteSource): PictureHeader {
  const { width, height, orientation } = findRawPreview(source)
  return { format: 'raw', width, height, frames: 1, bitDepth: 8, hasAlpha: false, orientation, blockPixels: 0 }
}

/** The JPEG of most pixels. Errors: IMAGE_UNSUPPORTED. */
export function findRawPreview(source: ByteSource): RawPreview {
  const { places, orientation } = listJpegs(source)
  let best: RawPreview | null = null
  for (const place of places.toSorted((a, b) => b.bytes - a.bytes).slice(0, MAX_JPEGS)) {
    const found = previewAt(source, place, orientation)
    if (found && (!best || found.width * found.height > best.width * best.height)) best = found
  }
  if (best) return best
  throw unsupported(`a raw camera photo without a JPEG preview of at least ${MIN_SIDE_PX} pixels`, 'raw')
}

/** Null where no JPEG lies, or one that decoders do not read: the sensor's data may be a lossless one. */
function previewAt(source: ByteSource, { at, bytes }: Place, otherwise: Orientation): RawPreview | null {
  if (bytes < 4 || at + bytes > source.length) return null
  const part = partOf(source, at, bytes)
  try {
    if (byteView(part, 'big', 'JPEG').u24(0) !== 0xffd8ff) return null
    const { width, height, orientation } = readJpegParts(part)
    if (Math.max(width, height) < MIN_SIDE_PX || Math.min(width, height) < 1) return null
    return { at, bytes, width, height, orientation: orientation ?? otherwise, isOriented: orientation !== null }
  } catch {
    return null
  }
}

function listJpegs(source: ByteSource): { readonly places: readonly Place[]; readonly orientation: Orientation } {
  const view = byteView(source, 'big', 'raw photo')
  if (view.name(0, FUJI_START.length) === FUJI_START) {
    return { places: [{ at: view.u32(FUJI_JPEG_AT), bytes: view.u32(FUJI_JPEG_AT + 4) }], orientation: 1 }
  }
  if (view.name(4, 4) === 'ftyp') return inBoxes(view)
  const directories = tiffDirectories(tiffView(source))
  const head = view.bytes(0, MAX_EXIF_BYTES)
  // The second pair of bytes is the maker's own in some.
  return { places: directories.flatMap(jpegsIn), orientation: exifOrientation(plainTiff(head)) }
}

function tiffView(source: ByteSource): ByteView {
  const little = source.piece(0, 1).bytes[0] === 0x49
  return byteView(source, little ? 'little' : 'big', 'raw photo')
}

function plainTiff(head: Uint8Array): Uint8Array {
  const copy = head.slice()
  copy.set(copy[0] === 0x49 ? [42, 0] : [0, 42], 2)
  return copy
}

function jpegsIn(directory: TiffDirectory): Place[] {
  const numberOf = (tag: number): number => directory.get(tag)?.value ?? 0
  const places: Place[] = []
  const whole = directory.get(TAG.panasonicJpeg)
  if (whole && whole.count > 4) places.push({ at: whole.at, bytes: whole.count })
  if (directory.has(TAG.jpegOffset)) places.push({ at: numberOf(TAG.jpegOffset), bytes: numberOf(TAG.jpegLength) })
  const strips = directory.get(TAG.stripOffsets)
  if (strips?.count === 1 && JPEG_COMPRESSIONS.has(numberOf(TAG.compression))) {
    places.push({ at: strips.value, bytes: numberOf(TAG.stripByteCounts) })
  }
  return places
}

/** Canon's CR3: the first sample of each track, and a directory of EXIF in a box of the maker's own. */
function inBoxes(view: ByteView): ReturnType<typeof listJpegs> {
  const movie = findBox(boxes(view, 0, view.length), 'moov')
  const inMovie = movie ? boxes(view, movie.from, movie.to) : []
  const places: Place[] = []
  let orientation: Orientation = 1
  for (const { type, from, to } of inMovie) {
    if (type === 'trak') {
      let inside = boxes(view, from, to)
      for (const name of ['mdia', 'minf', 'stbl']) {
        const next = findBox(inside, name)
        inside = next ? boxes(view, next.from, next.to) : []
      }
      const [sizes, offsets] = [findBox(inside, 'stsz'), findBox(inside, 'co64')]
      if (!sizes || !offsets) continue
      // One size for all samples, or else a list of them.
      places.push({ at: view.u64(offsets.from + 8), bytes: view.u32(sizes.from + 4) || view.u32(sizes.from + 12) })
    } else if (type === 'uuid') {
      const exif = findBox(boxes(view, from + 16, to), 'CMT1')
      if (exif) orientation = exifOrientation(view.bytes(exif.from, Math.min(exif.to - exif.from, MAX_EXIF_BYTES)))
    }
  }
  return { places, orientation }
}
