// JPEG 2000 header: the size marker of the codestream, which lies bare or in boxes, and what the boxes say of its color.
// ISO/IEC 15444-1, annex A (SIZ) and annex I (JP2 boxes).

import { boxes, type FileBox, findBox } from './boxes.ts'
import { type ByteSource, type ByteView, byteView, corrupt, unsupported } from './byte-view.ts'
import type { PictureHeader } from './picture-header.ts'

const CODESTREAM_START = 0xff4fff51
const [ENUMERATED, RESTRICTED_ICC, ANY_ICC] = [1, 2, 3]
/** Enumerated color spaces: sRGB, gray, sYCC. */
const COLOR_SPACES = new Set([16, 17, 18])
const MAX_DEPTH = 16
/** Steps between samples of red and blue, or of the color differences, across and down. */
const SAMPLINGS = new Set(['1 1', '2 1', '2 2'])
/** Of resolution boxes: the exponents are powers of ten, of samples a meter. */
const METERS_PER_INCH = 0.0254

export interface Jpeg2000Boxes {
  readonly icc: Uint8Array | null
  readonly densityPpi: number | null
}

/** Errors: IMAGE_CORRUPT, IMAGE_UNSUPPORTED. */
export function readJpeg2000Header(source: ByteSource): PictureHeader {
  const view = byteView(source, 'big', 'JPEG 2000')
  const inHeader = headerBoxes(view)
  checkColor(view, inHeader)
  const at = codestreamAt(view)
  if (view.u32(at) !== CODESTREAM_START) throw corrupt('expected a JPEG 2000 codestream but found none')
  const [right, bottom, left, top] = [view.u32(at + 8), view.u32(at + 12), view.u32(at + 16), view.u32(at + 20)]
  if (left > 0 || top > 0) throw unsupported('a JPEG 2000 image that is part of a larger one', 'jp2')
  const components = view.u16(at + 40)
  const palette = findBox(inHeader, 'pclr')
  const channels = palette ? view.u8(palette.from + 2) : components
  if (channels !== 1 && channels !== 3) {
    throw unsupported(`a JPEG 2000 image with ${channels} channels, of which 1 or 3 are read`, 'jp2')
  }
  const bitDepth = checkComponents(view, at + 42, components)
  return {
    format: 'jp2',
    width: right,
    height: bottom,
    frames: 1,
    bitDepth: palette ? Math.max(...paletteDepths(view, palette)) : bitDepth,
    hasAlpha: false,
    orientation: 1,
    blockPixels: 0,
  }
}

/** What the boxes hold beside the codestream: empty for a bare one. */
export function readJpeg2000Boxes(source: ByteSource): Jpeg2000Boxes {
  const view = byteView(source, 'big', 'JPEG 2000')
  const inHeader = headerBoxes(view)
  const color = findBox(inHeader, 'colr')
  const method = color ? view.u8(color.from) : ENUMERATED
  const icc = color && method !== ENUMERATED ? view.bytes(color.from + 3, color.to - color.from - 3).slice() : null
  const resolution = findBox(inHeader, 'res ')
  const capture = resolution && boxes(view, resolution.from, resolution.to)
  const stated = capture && (findBox(capture, 'resd') ?? findBox(capture, 'resc'))
  return { icc, densityPpi: stated ? densityOf(view, stated) : null }
}

function headerBoxes(view: ByteView): readonly FileBox[] {
  if (view.u32(0) === CODESTREAM_START) return []
  const header = findBox(boxes(view, 0, view.length), 'jp2h')
  if (!header) throw corrupt('expected a header box in the JPEG 2000 file but found none')
  return boxes(view, header.from, header.to)
}

function codestreamAt(view: ByteView): number {
  if (view.u32(0) === CODESTREAM_START) return 0
  const codestream = findBox(boxes(view, 0, view.length), 'jp2c')
  if (!codestream) throw corrupt('expected a codestream in the JPEG 2000 file but found none')
  return codestream.from
}

function checkColor(view: ByteView, inHeader: readonly FileBox[]): void {
  const color = findBox(inHeader, 'colr')
  if (!color) return
  const method = view.u8(color.from)
  if (method === RESTRICTED_ICC || method === ANY_ICC) return
  if (method === ENUMERATED && COLOR_SPACES.has(view.u32(color.from + 3))) return
  const space = method === ENUMERATED ? `color space ${view.u32(color.from + 3)}` : `a color space of method ${method}`
  throw unsupported(`a JPEG 2000 image in ${space}`, 'jp2')
}

/** Their depth, which must be that of all. */
function checkComponents(view: ByteView, at: number, count: number): number {
  const depth = (view.u8(at) & 0x7f) + 1
  for (let i = 0; i < count; i++) {
    const stated = view.u8(at + 3 * i)
    if (stated !== depth - 1 || depth > MAX_DEPTH) {
      const kind = (stated & 0x80) > 0 ? 'signed samples' : `samples of ${(stated & 0x7f) + 1} bits beside ${depth}`
      throw unsupported(`a JPEG 2000 image with ${kind}`, 'jp2')
    }
    const sampling = `${view.u8(at + 3 * i + 1)} ${view.u8(at + 3 * i + 2)}`
    if (i === 0 ? sampling !== '1 1' : !SAMPLINGS.has(sampling)) {
      throw unsupported(`a JPEG 2000 image with a sample for each ${sampling.replace(' ', ' x ')} pixels`, 'jp2')
    }
  }
  return depth
}

function paletteDepths(view: ByteView, palette: FileBox): readonly number[] {
  return Array.from({ length: view.u8(palette.from + 2) }, (_, i) => (view.u8(palette.from + 3 + i) & 0x7f) + 1)
}

/** Across. */
function densityOf(view: ByteView, { from }: FileBox): number | null {
  const exponent = (view.u8(from + 9) << 24) >> 24
  const density = (view.u16(from + 4) / view.u16(from + 6)) * 10 ** exponent * METERS_PER_INCH
  return Number.isFinite(density) && density > 0 ? density : null
}
