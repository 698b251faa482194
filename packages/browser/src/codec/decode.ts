// Bytes, bitmaps and ImageData to a Picture. The header is checked before the browser decodes anything.

import { isKoutuError, KoutuError, throwIfAborted } from '@koutu/core/errors'
import { inspectPicture, type PictureHeader, refuseConvertedLineEnds } from '@koutu/core/formats'
import type { Ctx, DecodeRequest, Limits, Picture, Warning } from '@koutu/core/ports'
import { type BitmapPixels, readBitmap, readImageData } from './bitmap-pixels.ts'
import type { Extras } from './browser-codec.ts'
import { endsEarly, isWhole } from './truncated.ts'

/** Formats that some browsers decode and others do not. */
const NOT_EVERYWHERE: Readonly<Record<string, string>> = {
  heic: 'HEIC',
  tiff: 'TIFF',
  avif: 'AVIF',
  jxl: 'JPEG XL',
  jp2: 'JPEG 2000',
  raw: 'raw photo',
}

/** Errors: IMAGE_UNSUPPORTED, IMAGE_CORRUPT, IMAGE_TOO_*, ABORTED. */
export async function decodeBytes(
  bytes: Uint8Array,
  request: DecodeRequest,
  { signal }: Ctx,
  extras: () => Promise<Extras>,
): Promise<Picture> {
  throwIfAborted(signal)
  const header = inspectPicture(bytes, request.limits)
  refuseConvertedLineEnds(bytes, header.format)
  const decode = async (file: Uint8Array) => {
    const picture = await decodeWhole(file, header, request, signal, extras)
    const wantsMore = request.keepIcc || request.keepMetadata || header.bitDepth > 8
    return wantsMore ? (await extras()).withOwnColors(picture, file, header, request) : picture
  }
  try {
    return await decode(bytes)
  } catch (error) {
    if (request.damaged !== 'keep' || !isKoutuError(error) || error.code !== 'IMAGE_CORRUPT') throw error
    return (await extras()).keepDamaged(bytes, header, decode, error)
  }
}

/** As the browser decodes: 8 bits, sRGB, without metadata. */
async function decodeWhole(
  bytes: Uint8Array,
  header: PictureHeader,
  { limits }: DecodeRequest,
  signal: AbortSignal | undefined,
  extras: () => Promise<Extras>,
): Promise<Picture> {
  const bitmap = await createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>]), {
    imageOrientation: 'from-image',
    premultiplyAlpha: 'none',
  }).catch((cause: unknown) => {
    throw undecoded(header, isWhole(bytes, header.format), cause)
  })
  try {
    throwIfAborted(signal)
    // A file may hold more than its header says.
    checkPixels(bitmap, limits)
    if (await endsEarly(bytes, header.format)) throw new KoutuError('IMAGE_CORRUPT', { detail: 'the file ends early' })
    return toPicture(await readBitmap(bitmap, extras), header.format, firstFrame(header))
  } finally {
    bitmap.close()
  }
}

/** An image that was decoded before. The bitmap is closed. Errors: IMAGE_TOO_LARGE, INPUT_UNREADABLE. */
export async function decodePixels(
  pixels: ImageBitmap | ImageData,
  { limits }: DecodeRequest,
  extras: () => Promise<Extras>,
): Promise<Picture> {
  checkPixels(pixels, limits)
  if ('data' in pixels) return toPicture(readImageData(pixels), 'png', [])
  try {
    return toPicture(await readBitmap(pixels, extras), 'png', [])
  } catch (cause) {
    if (isKoutuError(cause)) throw cause
    throw new KoutuError('INPUT_UNREADABLE', { detail: cause instanceof Error ? cause.message : String(cause), cause })
  } finally {
    pixels.close()
  }
}

function toPicture(pixels: BitmapPixels, format: Picture['format'], warnings: readonly Warning[]): Picture {
  const { color, alpha, isPremultiplied } = pixels
  const { width, height } = color
  const metadata = { exif: null, xmp: null }
  const all = isPremultiplied ? [...warnings, COLORS_ROUNDED] : warnings
  return { width, height, color, srgb: color, alpha, format, icc: null, metadata, warnings: all }
}

const COLORS_ROUNDED: Warning = {
  code: 'colors-rounded',
  message: 'This browser gives the colors of transparent pixels rounded only.',
}

function checkPixels({ width, height }: { width: number; height: number }, { maxPixels }: Limits): void {
  if (width * height <= maxPixels) return
  throw new KoutuError('IMAGE_TOO_LARGE', {
    detail: `expected at most ${maxPixels} pixels but received ${width} x ${height}`,
    data: { limit: maxPixels, actual: width * height },
  })
}

function undecoded({ format }: PictureHeader, isWholeFile: boolean, cause: unknown): KoutuError {
  const name = NOT_EVERYWHERE[format]
  if (name && isWholeFile)
    return new KoutuError('IMAGE_UNSUPPORTED', { detail: `this browser cannot decode this ${name} file`, cause })
  return new KoutuError('IMAGE_CORRUPT', { detail: cause instanceof Error ? cause.message : String(cause), cause })
}

function firstFrame({ frames }: PictureHeader): Warning[] {
  if (frames <= 1) return []
  return [{ code: 'first-frame-only', message: `The image has ${frames} frames; only the first is used.` }]
}
