// JPEG XL header: the size and the metadata at the start of the codestream, which lies bare or in boxes.
// ISO/IEC 18181-1 (SizeHeader, ImageMetadata), 18181-2 (boxes jxlc and jxlp).

import { type BitReader, bitReader } from './bit-reader.ts'
import { boxes } from './boxes.ts'
import { type ByteSource, byteSource, byteView, corrupt, unsupported } from './byte-view.ts'
import { type PictureHeader, toOrientation } from './picture-header.ts'

/** Enough for the fields read here: only the names of extra channels may be long. */
const MAX_HEADER_BYTES = 4096
const SIGNATURE_BYTES = 2
/** Of a `jxlp` box: the number of its part. */
const PART_NUMBER_BYTES = 4
/** Width by height, by the number that the header states for it. */
const RATIOS: readonly (readonly [number, number])[] = [
  [1, 1],
  [12, 10],
  [4, 3],
  [3, 2],
  [16, 9],
  [5, 4],
  [2, 1],
]
const [ALPHA, SPOT_COLOR, BLACK, FILTER_ARRAY] = [0, 2, 4, 5]

/** Animations state no number of frames: one is counted. Errors: IMAGE_CORRUPT, IMAGE_UNSUPPORTED. */
export function readJpegXlHeader(source: ByteSource): PictureHeader {
  const head = byteView(byteSource(codestreamHead(source)), 'little', 'JPEG XL')
  if (head.u16(0) !== 0x0aff) throw corrupt('expected a JPEG XL codestream but found none')
  const reader = bitReader(head, SIGNATURE_BYTES)
  const size = readSize(reader)
  const { orientation, bitDepth, hasAlpha } = readMetadata(reader)
  return { format: 'jxl', ...size, frames: 1, bitDepth, hasAlpha, orientation, blockPixels: 0 }
}

function codestreamHead(source: ByteSource): Uint8Array {
  const view = byteView(source, 'big', 'JPEG XL')
  if (view.u16(0) === 0xff0a) return view.bytes(0, MAX_HEADER_BYTES)
  const head: number[] = []
  for (const { type, from, to } of boxes(view, 0, view.length)) {
    const start = type === 'jxlc' ? from : type === 'jxlp' ? from + PART_NUMBER_BYTES : to
    head.push(...view.bytes(start, Math.min(Math.max(0, to - start), MAX_HEADER_BYTES - head.length)))
  }
  return Uint8Array.from(head)
}

/** U32 of the specification: one of four ways, chosen by two bits. A way is a constant, or an offset and a count of bits. */
type Way = number | readonly [offset: number, bits: number]

function u32(reader: BitReader, ...ways: readonly [Way, Way, Way, Way]): number {
  const way = ways[reader.bits(2)]!
  return typeof way === 'number' ? way : way[0] + reader.bits(way[1])
}

/** An enumerated value. */
function choice(reader: BitReader): number {
  return u32(reader, 0, 1, [2, 4], [18, 6])
}

function readSize(reader: BitReader): { width: number; height: number } {
  const isSmall = reader.flag()
  const side = (): number => (isSmall ? 8 * (1 + reader.bits(5)) : u32(reader, [1, 9], [1, 13], [1, 18], [1, 30]))
  const height = side()
  const ratio = reader.bits(3)
  return { width: widthOf(height, ratio) ?? side(), height }
}

/** Null where the width is written out. */
function widthOf(height: number, ratio: number): number | null {
  const pair = RATIOS[ratio - 1]
  return pair ? Math.floor((height * pair[0]) / pair[1]) : null
}

function readMetadata(reader: BitReader): Pick<PictureHeader, 'orientation' | 'bitDepth' | 'hasAlpha'> {
  const isDefault = reader.flag()
  if (isDefault) return { orientation: 1, bitDepth: 8, hasAlpha: false }
  let orientation: PictureHeader['orientation'] = 1
  const hasExtraFields = reader.flag()
  if (hasExtraFields) {
    orientation = toOrientation(1 + reader.bits(3))
    if (reader.flag()) readSize(reader)
    if (reader.flag()) skipPreview(reader)
    if (reader.flag()) skipAnimation(reader)
  }
  const bitDepth = readDepth(reader)
  // Whether 16-bit integers suffice for the decoder.
  reader.skip(1)
  const channels = u32(reader, 0, 1, [2, 4], [1, 12])
  let hasAlpha = false
  for (let i = 0; i < channels; i++) if (readExtraChannel(reader) === ALPHA) hasAlpha = true
  return { orientation, bitDepth, hasAlpha }
}

function skipPreview(reader: BitReader): void {
  const isInEighths = reader.flag()
  const side = (): number =>
    isInEighths ? u32(reader, 16, 32, [1, 5], [33, 9]) : u32(reader, [1, 6], [65, 8], [321, 10], [1345, 12])
  side()
  if (reader.bits(3) === 0) side()
}

function skipAnimation(reader: BitReader): void {
  u32(reader, 100, 1000, [1, 10], [1, 30])
  u32(reader, 1, 1001, [1, 8], [1, 10])
  u32(reader, 0, [0, 3], [0, 16], [0, 32])
  reader.skip(1)
}

function readDepth(reader: BitReader): number {
  const isFloat = reader.flag()
  if (!isFloat) return u32(reader, 8, 10, 12, [1, 6])
  const bits = u32(reader, 32, 16, 24, [1, 6])
  // Bits of the exponent.
  reader.skip(4)
  return bits
}

/** Its type. */
function readExtraChannel(reader: BitReader): number {
  const isPlainAlpha = reader.flag()
  if (isPlainAlpha) return ALPHA
  const type = choice(reader)
  readDepth(reader)
  // Its scale.
  u32(reader, 0, 3, 4, [1, 3])
  reader.skip(8 * u32(reader, 0, [0, 4], [16, 5], [48, 10]))
  if (type === ALPHA && reader.flag()) throw unsupported('a JPEG XL image with premultiplied alpha', 'jxl')
  if (type === BLACK) throw unsupported('a JPEG XL image in CMYK', 'jxl')
  if (type === SPOT_COLOR) reader.skip(4 * 16)
  if (type === FILTER_ARRAY) u32(reader, 1, [0, 2], [3, 4], [19, 8])
  return type
}
