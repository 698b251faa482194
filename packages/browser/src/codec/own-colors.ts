// What a browser's decoder does not give and a file holds: 16 bits a sample, the color profile, EXIF and XMP.

import { iccSpace, jpegHeaderSegments, keptMetadata, mayKeep, type PictureHeader } from '@koutu/core/formats'
import { convertToSrgb, type Raster, readMatrixProfile, roundToEightBit } from '@koutu/core/pixels'
import type { DecodeRequest, Picture, Warning } from '@koutu/core/ports'
import { type DeepPixels, readDeepPng } from './deep-png.ts'
import { type FileExtras, readExtras } from './file-extras.ts'
import { pngChunks } from './png-chunks.ts'
import { keepsOwnColors, readOwnColors } from './raw-colors.ts'

/** Formats that hold profiles and metadata in ways that are not read here. */
const UNREAD: ReadonlySet<string> = new Set(['avif', 'heic', 'tiff', 'jxl', 'jp2', 'raw'])
/** Mean difference, in steps of 255, between a browser's conversion of colors and ours. */
const CLOSE = 1.5

/** `picture` as the browser decoded it, to 8 bits and sRGB, with what the request wants kept and what the file holds. */
export async function withOwnColors(
  picture: Picture,
  bytes: Uint8Array,
  header: PictureHeader,
  { keepIcc, keepMetadata }: DecodeRequest,
): Promise<Picture> {
  const warnings = [...picture.warnings]
  const extras = readExtras(bytes, header.format)
  if (!extras && UNREAD.has(header.format)) {
    if (keepIcc) warnings.push(NOT_KEPT.icc)
    if (keepMetadata) warnings.push(NOT_KEPT.metadata)
  }
  const profile = keepIcc ? await keptProfile(extras?.icc ?? null, bytes, header, warnings) : null
  const isDeep = header.format === 'png' && header.bitDepth === 16
  const colors =
    (isDeep && deepColors(picture, bytes, header, extras, profile)) || (await eightBits(picture, bytes, profile))
  if (header.bitDepth > 8 && !(colors.color?.data instanceof Uint16Array)) warnings.push(depthReduced(header))
  const metadata = keepMetadata && extras ? keptMetadata(extras, warnings) : picture.metadata
  return { ...picture, ...colors, metadata, warnings }
}

const NOT_KEPT = {
  icc: {
    code: 'icc-not-kept',
    message: 'In the browser color profiles are kept of JPEG, PNG and WebP; the colors are converted to sRGB.',
  },
  metadata: { code: 'metadata-not-kept', message: 'In the browser metadata is kept of JPEG, PNG and WebP only.' },
} as const satisfies Record<string, Warning>

function depthReduced({ bitDepth }: PictureHeader): Warning {
  return { code: 'depth-reduced', message: `The image has ${bitDepth} bits a sample. The browser decodes it to 8.` }
}

/** The profile whose colors the result shall have; null for sRGB. */
async function keptProfile(
  icc: Uint8Array | null,
  bytes: Uint8Array,
  header: PictureHeader,
  warnings: Warning[],
): Promise<Uint8Array | null> {
  if (!icc || !mayKeep(icc, 'color profile', warnings)) return null
  const space = iccSpace(icc)
  if (space === null) {
    const message = 'The color profile of the image is damaged; it is read as sRGB.'
    warnings.push({ code: 'icc-ignored', message })
  } else if (space !== 'RGB' || !isRgb(bytes, header)) {
    const message = `A ${space} profile cannot be kept in an RGB result; the colors are converted to sRGB.`
    warnings.push({ code: 'icc-not-kept', message })
  } else if (await keepsOwnColors()) {
    return icc.slice()
  } else {
    const message = 'This browser converts all colors to sRGB, so the color profile of the image was not kept.'
    warnings.push({ code: 'icc-not-kept', message })
  }
  return null
}

function isRgb(bytes: Uint8Array, { format }: PictureHeader): boolean {
  // Color types 0 and 4 are gray.
  if (format === 'png') return bytes[25] !== 0 && bytes[25] !== 4
  return format !== 'jpeg' || jpegComponents(bytes) === 3
}

/** Of the frame's header: 1 for gray, 3 for color, 4 for CMYK. */
export function jpegComponents(bytes: Uint8Array): number {
  for (const { marker, body } of jpegHeaderSegments(bytes)) {
    if (marker >= 0xc0 && marker <= 0xca && marker !== 0xc4 && marker !== 0xc8) return body[5] ?? 0
  }
  return 0
}

type Colors = Partial<Pick<Picture, 'color' | 'srgb' | 'alpha' | 'icc'>>

async function eightBits(picture: Picture, bytes: Uint8Array, icc: Uint8Array | null): Promise<Colors> {
  return icc ? { color: await readOwnColors(bytes, picture), icc } : {}
}

/** Null where the colors are not what the browser shows: what it knows of the file then counts, and not the depth. */
function deepColors(
  { color: shown, alpha: shownAlpha }: Picture,
  bytes: Uint8Array,
  { orientation }: PictureHeader,
  extras: FileExtras | null,
  kept: Uint8Array | null,
): Colors | null {
  const deep = orientation === 1 ? readDeepPng(bytes) : null
  if (!deep) return null
  const { alpha } = deep
  const srgb = inSrgb(deep, bytes, extras)
  const rounded = toEightBit(srgb)
  const isClose = meanDifference(rounded.data, shown.data, shownAlpha?.data) <= CLOSE
  if (kept) return { color: deep.color, srgb: isClose ? rounded : shown, alpha, icc: kept }
  return isClose ? { color: srgb, srgb: rounded, alpha } : null
}

/** By the profile where it is one of curves and a matrix. A cICP chunk counts before a profile. */
function inSrgb({ color }: DeepPixels, bytes: Uint8Array, extras: FileExtras | null): DeepPixels['color'] {
  const isStated = [...pngChunks(bytes)].some(({ name }) => name === 'cICP')
  const profile = extras?.icc && !isStated ? readMatrixProfile(extras.icc) : null
  if (!profile) return color
  const data = color.data.slice()
  convertToSrgb(data, 3, profile, 0, data.length / 3)
  return { ...color, data }
}

function toEightBit(raster: DeepPixels['color']): Raster {
  const data = new Uint8Array(raster.data.length)
  roundToEightBit(raster.data, data)
  return { ...raster, data }
}

/** Of the pixels that are opaque: browsers may round the colors of others. */
function meanDifference(a: Raster['data'], b: Raster['data'], alpha: Float32Array | undefined): number {
  let sum = 0
  let count = 0
  for (let i = 0; i < a.length; i++) {
    if (alpha && alpha[(i / 3) | 0]! < 1) continue
    sum += Math.abs(a[i]! - b[i]!)
    count++
  }
  return count > 0 ? sum / count : 0
}
