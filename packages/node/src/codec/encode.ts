// A raster to a file: PNG by our own writer, ZIP and PSD by core's, the other images with sharp (libvips).

import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { deflate } from 'node:zlib'
import {
  type Ctx,
  cleanExif,
  cleanXmp,
  type EncodeRequest,
  FORMAT_FILES,
  KoutuError,
  type Layer,
  type Raster,
  throwIfAborted,
  writePsd,
  writeZip,
  type ZipMember,
} from '@koutu/core'
import sharp, { type Sharp } from 'sharp'
import { type Extras, writePng } from './png.ts'
import { plainBytes, toEightBit } from './samples.ts'
import { ownError } from './sharp-error.ts'
import { withoutTiffResolution } from './tiff-resolution.ts'

/** Longest side that the format's own header can state, or its encoder takes. */
const MAX_SIDE: Readonly<Record<EncodeRequest['format'], number>> = {
  // Two rows of 8 bytes a pixel must fit into one piece of a kernel's memory.
  png: 2 ** 25,
  tiff: 2 ** 31 - 1,
  jpeg: 65535,
  webp: 16383,
  avif: 16384,
  // That of the JPEG in it.
  zip: 65535,
  psd: 30000,
}

/** Of a 7 megapixel cutout: effort 0 1.4 s and 740 kB, 2 4.5 s and 694 kB, 4 19 s and 685 kB. */
const AVIF_EFFORT = 2
/** Of the same cutout: effort 2 0.5 s and 505 kB, 4 0.9 s and 494 kB. */
const WEBP_EFFORT = 2

/** Errors: INVALID_OPTIONS for what the format cannot hold, ABORTED, INTERNAL. */
export async function encodeRaster(raster: Raster, request: EncodeRequest, { signal }: Ctx): Promise<Uint8Array> {
  throwIfAborted(signal)
  check(raster, request)
  return plainBytes(await write(raster, request, signal))
}

function write(raster: Raster, request: EncodeRequest, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const { format, layers = [] } = request
  if (format === 'zip') return toZip(layers, request, signal)
  if (format === 'psd')
    return writePsd(raster, layers, extrasOf(raster, request), {
      deflate: promisify(deflate),
      pause: () => setImmediate(),
      signal,
    })
  return toFile(raster, { ...request, format }, signal)
}

async function toZip(
  layers: readonly Layer[],
  request: EncodeRequest,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const members: ZipMember[] = []
  for (const { name, raster } of layers) {
    const format = raster.channels === 1 ? 'png' : 'jpeg'
    const metadata = raster.channels === 1 ? { exif: null, xmp: null } : request.metadata
    const bytes = await toFile(raster, { ...request, format, metadata }, signal)
    members.push({ name: `${name}.${FORMAT_FILES[format].extension}`, bytes })
  }
  return writeZip(members)
}

function extrasOf({ channels }: Raster, { icc, metadata: { exif, xmp }, densityPpi }: EncodeRequest): Extras {
  return { icc: channels === 1 ? null : icc, exif: exif && cleanExif(exif), xmp: xmp && cleanXmp(xmp), densityPpi }
}

/** Formats of one image each. */
type PictureFormat = Exclude<EncodeRequest['format'], 'zip' | 'psd'>
type PictureRequest = EncodeRequest & { readonly format: PictureFormat }

async function toFile(raster: Raster, request: PictureRequest, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const { format } = request
  const deep = raster.data instanceof Uint16Array && (format === 'png' || format === 'tiff')
  const data = raster.data instanceof Uint16Array && !deep ? await toEightBit(raster.data, signal) : raster.data
  throwIfAborted(signal)
  try {
    const pixels = { ...raster, data }
    const extras = extrasOf(raster, request)
    if (format === 'png') return await writePng(pixels, extras, 'deflate', signal)
    if (!extras.icc && !extras.exif && !extras.xmp) return await save(fromRaster(pixels), request)
    // sharp takes profile, EXIF and XMP as bytes only with a file around them; this one is not compressed.
    const carrier = await writePng(pixels, extras, 'stored', signal)
    throwIfAborted(signal)
    const kept = sharp(carrier, { limitInputPixels: false }).keepIccProfile().keepExif().keepXmp()
    return await save(kept.toColourspace(space(raster.channels, deep)), request)
  } catch (error) {
    throw ownError(error)
  }
}

function check({ width, height, channels, alpha, data }: Raster, { format }: EncodeRequest): void {
  if (data.length !== width * height * channels || width < 1 || height < 1) {
    throw new KoutuError('INTERNAL', {
      detail: `expected ${width} x ${height} x ${channels} samples but received ${data.length}`,
    })
  }
  if (alpha === 'premultiplied') throw new KoutuError('INTERNAL', { detail: 'expected straight alpha to encode' })
  if (format === 'jpeg' && channels === 4) {
    throw new KoutuError('INVALID_OPTIONS', {
      detail: "expected an opaque background with format 'jpeg', which has no transparency",
    })
  }
  const limit = MAX_SIDE[format]
  const actual = Math.max(width, height)
  if (actual > limit) {
    throw new KoutuError('INVALID_OPTIONS', {
      detail: `expected at most ${limit} pixels a side with format '${format}' but the result has ${actual}`,
      data: { limit, actual },
    })
  }
}

/** What sharp writes. */
async function save(image: Sharp, { format, lossyQuality: quality, densityPpi }: PictureRequest): Promise<Uint8Array> {
  const file = densityPpi && format !== 'tiff' ? image.withDensity(densityPpi) : image
  switch (format) {
    case 'webp':
      return file.webp({ quality, alphaQuality: 100, effort: WEBP_EFFORT, smartSubsample: true }).toBuffer()
    case 'avif':
      return file.avif({ quality, effort: AVIF_EFFORT, chromaSubsampling: '4:4:4' }).toBuffer()
    case 'jpeg':
      return file.jpeg({ quality, chromaSubsampling: '4:4:4', mozjpeg: false, optimiseCoding: true }).toBuffer()
    case 'tiff': {
      const perMm = densityPpi ? densityPpi / 25.4 : 1
      const tiff = { compression: 'deflate', predictor: 'horizontal', xres: perMm, yres: perMm } as const
      const bytes = await file.tiff(tiff).toBuffer()
      return densityPpi ? bytes : withoutTiffResolution(bytes)
    }
    case 'png':
      throw new KoutuError('INTERNAL', { detail: 'PNG is written by koutu itself' })
  }
}

/** A pipeline from pixels in memory that keeps their channels and depth. */
export function fromRaster({ width, height, channels, data }: Raster): Sharp {
  const deep = data instanceof Uint16Array
  return sharp(data, { raw: { width, height, channels }, limitInputPixels: false }).toColourspace(space(channels, deep))
}

function space(channels: Raster['channels'], deep: boolean): string {
  return channels === 1 ? (deep ? 'grey16' : 'b-w') : deep ? 'rgb16' : 'srgb'
}
