// Windows bitmaps: the header, and where their parts lie. Of a file of its own, or of an image in an icon file, which has no
// file header. Microsoft: BITMAPFILEHEADER, BITMAPCOREHEADER to BITMAPV5HEADER; OS/2 2.x headers are read as far as they agree.

import { type ByteSource, type ByteView, byteView, corrupt, unsupported } from './byte-view.ts'
import type { PictureHeader } from './picture-header.ts'

export const BMP_HEADER_SIZES: ReadonlySet<number> = new Set([12, 16, 40, 52, 56, 64, 108, 124])
const FILE_HEADER_BYTES = 14
const CORE = 12
const INFO = 40
/** Pixels per meter across, in headers of at least `INFO` bytes. */
const PER_METER_AT = 24
const METERS_PER_INCH = 0.0254
const [RGB, RLE8, RLE4, BITFIELDS, ALPHA_BITFIELDS] = [0, 1, 2, 3, 6]
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  [RGB]: [1, 2, 4, 8, 16, 24, 32],
  [RLE8]: [8],
  [RLE4]: [4],
  [BITFIELDS]: [16, 32],
  [ALPHA_BITFIELDS]: [16, 32],
}

export interface BmpLayout {
  readonly width: number
  readonly height: number
  /** Bits of one pixel. */
  readonly bits: number
  readonly isTopDown: boolean
  readonly isRunLength: boolean
  /** Bits of red, green, blue and alpha in pixels of 16 and 32 bits. */
  readonly masks: readonly [number, number, number, number]
  readonly palette: { readonly at: number; readonly colors: number; readonly entryBytes: 3 | 4 }
  readonly pixelsAt: number
}

export function readBmpHeader(source: ByteSource): PictureHeader {
  const view = byteView(source, 'little', 'BMP')
  const { width, height, masks } = readBmpLayout(view)
  // Older headers state none.
  const perMeter = view.u32(FILE_HEADER_BYTES) >= INFO ? view.u32(FILE_HEADER_BYTES + PER_METER_AT) : 0
  return {
    format: 'bmp',
    width,
    height,
    frames: 1,
    bitDepth: 8,
    hasAlpha: masks[3] !== 0,
    orientation: 1,
    blockPixels: 0,
    ...(perMeter > 0 && { densityPpi: perMeter * METERS_PER_INCH }),
  }
}

/** `iconAt`: where an image of an icon file begins. Errors: IMAGE_CORRUPT, IMAGE_UNSUPPORTED. */
export function readBmpLayout(view: ByteView, iconAt?: number): BmpLayout {
  const at = iconAt ?? FILE_HEADER_BYTES
  const size = view.u32(at)
  if (!BMP_HEADER_SIZES.has(size)) throw corrupt(`a BMP header of ${size} bytes is not known`)
  const isCore = size === CORE
  const width = isCore ? view.u16(at + 4) : view.u32(at + 4)
  const signed = isCore ? view.u16(at + 6) : view.u32(at + 8) | 0
  const bits = view.u16(at + (isCore ? 10 : 14))
  const compression = isCore || size === 16 ? RGB : view.u32(at + 16)
  if (!DEPTHS[compression]?.includes(bits))
    throw unsupported(`a BMP of ${bits} bits a pixel with compression ${compression}`, 'bmp')
  const isMasked = compression === BITFIELDS || compression === ALPHA_BITFIELDS
  const behind = isMasked && size === 40 ? (compression === BITFIELDS ? 12 : 16) : 0
  const stated = isCore || size === 16 ? 0 : view.u32(at + 32)
  const colors = bits > 8 ? 0 : Math.min(stated || 2 ** bits, 2 ** bits)
  const palette = { at: at + size + behind, colors, entryBytes: isCore ? 3 : 4 } as const
  // An icon holds colors and, below them, a mask.
  const height = iconAt === undefined ? Math.abs(signed) : Math.floor(Math.abs(signed) / 2)
  return {
    width,
    height,
    bits,
    isTopDown: signed < 0,
    isRunLength: compression === RLE8 || compression === RLE4,
    masks: isMasked ? statedMasks(view, at, size, compression) : defaultMasks(bits),
    palette,
    pixelsAt: iconAt === undefined ? view.u32(10) : palette.at + colors * palette.entryBytes,
  }
}

function statedMasks(view: ByteView, at: number, size: number, compression: number): BmpLayout['masks'] {
  const hasAlpha = compression === ALPHA_BITFIELDS || size >= 56
  return [view.u32(at + 40), view.u32(at + 44), view.u32(at + 48), hasAlpha ? view.u32(at + 52) : 0]
}

function defaultMasks(bits: number): BmpLayout['masks'] {
  return bits === 16 ? [0x7c00, 0x3e0, 0x1f, 0] : [0xff0000, 0xff00, 0xff, 0]
}
