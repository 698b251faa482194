// TIFF header: the tags of the directory that holds the image, and the chain of directories counted. TIFF 6.0, BigTIFF. Raw photos
// that open like a TIFF are handed to their own reader.

import { type ByteSource, type ByteView, byteView, corrupt, unsupported } from './byte-view.ts'
import { type PictureHeader, toOrientation } from './picture-header.ts'
import { isRaw, readRawHeader } from './raw.ts'
import { type Piece, piecesOf, type TagValues } from './tiff-tiles.ts'

const TAG = {
  newSubfileType: 254,
  subfileType: 255,
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  stripOffsets: 273,
  orientation: 274,
  samplesPerPixel: 277,
  stripByteCounts: 279,
  maxSampleValue: 281,
  planarConfiguration: 284,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  extraSamples: 338,
  sampleFormat: 339,
} as const

const MAX_TAGS = 4096
/** Color samples by photometric interpretation: bilevel and gray 1, palette 1, CMYK 4, all others 3. */
const COLOR_SAMPLES: Readonly<Record<number, number>> = { 0: 1, 1: 1, 3: 1, 5: 4 }
const SEPARATED = 5
const YCBCR = 6
const CIELAB = 8
const ICCLAB = 9
const ITULAB = 10
const MAX_SAMPLES = 16
/** What decoders read; 10, 12 and 14 bits come packed and are rare. */
const BIT_DEPTHS = new Set([1, 2, 4, 8, 16])
/** ExtraSamples: unspecified data is 0, such as a selection that an editor saved. */
const ALPHA_SAMPLES = new Set([1, 2])
const SEPARATE_PLANES = 2
const OLD_STYLE_JPEG = 6
const JPEG = 7
/** The number that Adobe registered, and the one before. */
const DEFLATE = new Set([8, 32_946])
const LOWEST_BIT_FIRST = 2
/** Values of NewSubfileType (a bit) and of the older SubfileType for a smaller version of another image. */
const REDUCED_BIT = 1
const REDUCED = 2

/** Byte sizes of the field types that hold the numbers read here: BYTE, SHORT, LONG, LONG8. */
const SIZES: Readonly<Record<number, 1 | 2 | 4 | 8>> = { 1: 1, 3: 2, 4: 4, 16: 8 }

/** Counts images up to one above `maxFrames`. */
export function readTiffHeader(source: ByteSource, maxFrames: number): PictureHeader {
  const { view, big, first } = openTiff(source)
  if (isRaw(source)) return readRawHeader(source)
  const { frames, page, at } = findImages(view, first, big, maxFrames)
  const tags = readTags(view, at, big)
  const number = (tag: number): number | null => tags.get(tag) ?? null

  const photometric = number(TAG.photometric) ?? 1
  const bitDepth = number(TAG.bitsPerSample) ?? 1
  const sampleFormat = number(TAG.sampleFormat) ?? 1
  if (!BIT_DEPTHS.has(bitDepth) || (sampleFormat !== 1 && sampleFormat !== 4)) {
    const kind = sampleFormat === 3 ? 'floating point ' : sampleFormat === 2 ? 'signed ' : ''
    throw unsupported(`a TIFF with ${kind}samples of ${bitDepth} bits`, 'tiff')
  }
  const samples = number(TAG.samplesPerPixel) ?? 1
  if (samples < 1 || samples > MAX_SAMPLES) throw unsupported(`a TIFF with ${samples} samples a pixel`, 'tiff')
  if (number(TAG.compression) === OLD_STYLE_JPEG) throw unsupported('a TIFF with old-style JPEG compression', 'tiff')
  // The decoder converts what JPEG holds; of other compressions it takes the three components for RGB.
  if (photometric === YCBCR && number(TAG.compression) !== JPEG)
    throw unsupported('a TIFF in YCbCr without JPEG compression', 'tiff')
  if (photometric === CIELAB && bitDepth !== 16)
    throw unsupported(`a TIFF in Lab with ${bitDepth} bits a sample`, 'tiff')
  if (photometric === ICCLAB || photometric === ITULAB) throw unsupported('a TIFF in ICC or ITU Lab', 'tiff')
  const colors = COLOR_SAMPLES[photometric] ?? 3
  if (samples < colors) throw corrupt(`expected ${colors} samples a pixel in the TIFF but found ${samples}`)
  if (photometric === CIELAB && samples > colors) throw unsupported('a TIFF in Lab with more channels', 'tiff')
  const tiled = tags.has(TAG.tileWidth)
  if (tiled && samples > 1 && number(TAG.planarConfiguration) === SEPARATE_PLANES) {
    throw unsupported('a TIFF with tiles of separate planes', 'tiff')
  }
  // Without the tag, one more sample is taken for alpha, as other readers do.
  const kinds = tags.extraSamples.length > 0 || samples - colors !== 1 ? tags.extraSamples : [2]
  const alphaSample = kinds.slice(0, samples - colors).findIndex((kind) => ALPHA_SAMPLES.has(kind))
  if (alphaSample >= 0 && photometric === SEPARATED && bitDepth === 16) {
    throw unsupported('a TIFF in 16-bit CMYK with alpha', 'tiff')
  }
  return {
    format: 'tiff',
    width: number(TAG.width) ?? 0,
    height: number(TAG.height) ?? 0,
    frames,
    page,
    bitDepth,
    hasAlpha: alphaSample >= 0,
    orientation: toOrientation(number(TAG.orientation)),
    blockPixels: (number(TAG.tileWidth) ?? 0) * (number(TAG.tileHeight) ?? 0),
    extraSamples: samples - colors,
    alphaSample: Math.max(0, alphaSample),
    maxSample: whiteOf(number(TAG.maxSampleValue), bitDepth, photometric),
  }
}

/** Whether a tile of the image lies beyond the file. Decoders leave it black, and call it a warning. */
export function lacksTiffTiles(source: ByteSource): boolean {
  const { view, little, tags } = openMain(source)
  return piecesAt(tags, [TAG.tileOffsets, TAG.tileByteCounts], view, little).some(
    ({ at, length }) => at + length > view.length,
  )
}

/** Tiles or strips of the image that are each a zlib stream, with its sum behind the last pixel. None in other compressions. */
export function deflatedPieces(source: ByteSource): readonly Piece[] {
  const { view, little, tags } = openMain(source)
  if (!DEFLATE.has(tags.get(TAG.compression) ?? 1) || tags.get(TAG.fillOrder) === LOWEST_BIT_FIRST) return []
  const isTiled = tags.has(TAG.tileOffsets)
  return piecesAt(
    tags,
    isTiled ? [TAG.tileOffsets, TAG.tileByteCounts] : [TAG.stripOffsets, TAG.stripByteCounts],
    view,
    little,
  )
}

function openMain(source: ByteSource) {
  const { view, little, big, first } = openTiff(source)
  return { view, little, tags: readTags(view, findImages(view, first, big, Number.POSITIVE_INFINITY).at, big) }
}

function piecesAt(
  { places }: Tags,
  [starts, lengths]: readonly [number, number],
  view: ByteView,
  little: boolean,
): readonly Piece[] {
  const [offsets, byteCounts] = [places.get(starts), places.get(lengths)]
  return offsets && byteCounts ? [...piecesOf(view, offsets, byteCounts, little)] : []
}

function openTiff(source: ByteSource) {
  const little = source.piece(0, 1).bytes[0] === 0x49
  const view = byteView(source, little ? 'little' : 'big', 'TIFF')
  const big = view.u16(2) === 43
  return { view, little, big, first: big ? view.u64(8) : view.u32(4) }
}

/** Where MaxSampleValue says that fewer bits are used than are stored. Palette indices and Lab have no such range. */
function whiteOf(maxSampleValue: number | null, bitDepth: number, photometric: number): number | undefined {
  const scaled = maxSampleValue !== null && bitDepth === 16 && (photometric === 1 || photometric === 2)
  return scaled && maxSampleValue >= 255 && maxSampleValue < 65_535 ? maxSampleValue : undefined
}

interface Tags extends ReadonlyMap<number, number> {
  /** Meaning of each sample behind the colors. */
  readonly extraSamples: readonly number[]
  /** Where the values of each tag lie. */
  readonly places: ReadonlyMap<number, TagValues>
}

/** The first value of each numeric tag, and all of ExtraSamples. */
function readTags(view: ByteView, at: number, big: boolean): Tags {
  const tags = new Map<number, number>()
  const extraSamples: number[] = []
  const places = new Map<number, TagValues>()
  const count = Math.min(big ? view.u64(at) : view.u16(at), MAX_TAGS)
  const size = big ? 20 : 12
  for (let i = 0, entry = at + (big ? 8 : 2); i < count; i++, entry += size) {
    const tag = view.u16(entry)
    const width = SIZES[view.u16(entry + 2)]
    if (!width || tags.has(tag)) continue
    const values = big ? view.u64(entry + 4) : view.u32(entry + 4)
    if (values < 1) continue
    const inline = entry + (big ? 12 : 8)
    const from = values * width <= (big ? 8 : 4) ? inline : big ? view.u64(inline) : view.u32(inline)
    // Values of unused tags may lie anywhere, even outside; only known ones must be readable.
    if (KNOWN.has(tag)) tags.set(tag, read(view, from, width))
    if (KNOWN.has(tag)) places.set(tag, { at: from, count: values, size: width })
    if (tag !== TAG.extraSamples) continue
    for (let k = 0; k < Math.min(values, MAX_SAMPLES); k++) extraSamples.push(read(view, from + k * width, width))
  }
  return Object.assign(tags, { extraSamples, places })
}

const KNOWN: ReadonlySet<number> = new Set(Object.values(TAG))

function read(view: ByteView, at: number, width: 1 | 2 | 4 | 8): number {
  return width === 1 ? view.u8(at) : width === 2 ? view.u16(at) : width === 4 ? view.u32(at) : view.u64(at)
}

interface Images {
  readonly frames: number
  /** Of the first image: its place in the chain, from 0, and that of its directory in the file. */
  readonly page: number
  readonly at: number
}

/** The full images. Smaller versions of them, which may come first, are left out; of a file with nothing else, the first counts. */
function findImages(view: ByteView, first: number, big: boolean, maxFrames: number): Images {
  const seen = new Set<number>()
  let frames = 0
  let main = { page: 0, at: first }
  for (let at = first; at !== 0 && seen.size <= maxFrames; ) {
    if (seen.has(at)) throw corrupt('the directories of the TIFF form a loop')
    if (!isReduced(view, at, big)) {
      if (frames === 0) main = { page: seen.size, at }
      frames++
    }
    seen.add(at)
    const count = big ? view.u64(at) : view.u16(at)
    const next = at + (big ? 8 + count * 20 : 2 + count * 12)
    at = big ? view.u64(next) : view.u32(next)
  }
  return { ...main, frames: Math.max(1, frames) }
}

function isReduced(view: ByteView, at: number, big: boolean): boolean {
  const count = Math.min(big ? view.u64(at) : view.u16(at), MAX_TAGS)
  const size = big ? 20 : 12
  for (let i = 0, entry = at + (big ? 8 : 2); i < count; i++, entry += size) {
    const tag = view.u16(entry)
    const width = SIZES[view.u16(entry + 2)]
    if (!width || width > 4 || (tag !== TAG.newSubfileType && tag !== TAG.subfileType)) continue
    const value = read(view, entry + (big ? 12 : 8), width)
    if (tag === TAG.newSubfileType ? (value & REDUCED_BIT) !== 0 : value === REDUCED) return true
  }
  return false
}
