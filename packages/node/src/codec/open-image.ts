// Opens an image whose header has been checked: chooses who decodes it and finds out what its colors mean. libvips sees only what
// core's header check let through, and picks its loader by the same signatures, so that its SVG and PDF loaders are out of reach
// without switching them off for the whole process.

import {
  byteSource,
  type DecodeRequest,
  iccSpace,
  KoutuError,
  lacksPixels,
  lacksScans,
  type MatrixProfile,
  type PictureHeader,
  type Raster,
  readJpeg2000Boxes,
  readMatrixProfile,
  refuseConvertedLineEnds,
  type Warning,
} from '@koutu/core'
import sharp, { type Metadata, type Sharp, type SharpOptions } from 'sharp'
import { type Strictness, withEnd } from './completeness.ts'
import { fromRaster } from './encode.ts'
import { withKnownBrand } from './heif-brand.ts'
import { decodeInThread } from './optional/decode-in-thread.ts'
import type { DecodedPixels } from './optional/decoder-calls.ts'
import { type DecoderPackages, isOptional, OPTIONAL_DECODERS, type OptionalFormat } from './optional/decoders.ts'
import { jpegXlMetadata } from './optional/jpeg-xl-metadata.ts'
import { type Extras, insertExtras, writePng } from './png.ts'
import { rawPreview } from './raw-preview.ts'
import { decodeSimple, withoutIcon } from './simple/decode-simple.ts'
import { NO_STATEMENT, statedColor } from './stated-color.ts'

/** How libvips names what we asked for. */
const LOADERS: Readonly<Partial<Record<PictureHeader['format'], string>>> = {
  jpeg: 'jpeg',
  png: 'png',
  webp: 'webp',
  gif: 'gif',
  tiff: 'tiff',
  avif: 'heif',
  heic: 'heif',
  ico: 'png',
}

/** Space of a profile, and how libvips names 16-bit images of it. */
const PLAIN_DEEP: Readonly<Record<string, string>> = { RGB: 'rgb16', GRAY: 'grey16' }

export interface Opened {
  /** Of the file that is read: a PNG in place of what an optional package decodes. */
  readonly header: PictureHeader
  readonly metadata: Metadata
  /** More than 8 bits a sample. */
  readonly deep: boolean
  /** The profile, where it is applied here and not by libvips: of deep images, and what is stated without a profile. */
  readonly matrix: MatrixProfile | null
  /** What is to be said of the image. */
  readonly notices: readonly Warning[]
  /** A fresh pipeline from the image. `raw` leaves its ICC profile unused. */
  pipeline(profile: 'convert' | 'raw', failOn: Strictness): Sharp
}

interface Surroundings {
  readonly signal: AbortSignal | undefined
  readonly packages: DecoderPackages
}

/** Errors: IMAGE_UNSUPPORTED, IMAGE_CORRUPT, IMAGE_TOO_LARGE, IMAGE_TOO_MANY_FRAMES, CODEC_MISSING, ABORTED. */
export async function openImage(
  file: Uint8Array,
  header: PictureHeader,
  request: DecodeRequest,
  surroundings: Surroundings,
): Promise<Opened> {
  if (request.damaged !== 'keep' && header.format === 'jpeg' && lacksScans(file))
    throw new KoutuError('IMAGE_CORRUPT', { detail: 'the progressive JPEG ends before its last scan' })
  if (lacksPixels(file, header.format))
    throw new KoutuError('IMAGE_CORRUPT', { detail: 'the file ends before its last tile' })
  refuseConvertedLineEnds(file, header.format)
  const simple = decodeSimple(file, header)
  if (simple) return openRaster(simple, header)
  if (header.format === 'raw') {
    const { jpeg, notices } = rawPreview(file, request.keepMetadata)
    const opened = await openImage(jpeg, { ...header, format: 'jpeg' }, request, surroundings)
    return { ...opened, notices: [...opened.notices, ...notices] }
  }
  if (isOptional(header.format)) return openByPackage(file, header, header.format, request, surroundings)
  const bytes = header.format === 'avif' ? withKnownBrand(file) : withEnd(withoutIcon(file, header), header.format)
  return openFile(bytes, header, request)
}

/** An image that libvips reads. */
async function openFile(bytes: Uint8Array, header: PictureHeader, { limits, damaged }: DecodeRequest): Promise<Opened> {
  const options: SharpOptions = {
    failOn: damaged === 'keep' ? 'none' : 'error',
    limitInputPixels: limits.maxPixels,
    // The header has been checked for it.
    limitInputChannels: false,
    autoOrient: true,
    page: header.page ?? 0,
    pages: 1,
  }
  const metadata = await readMetadata(bytes, header, options)
  const deep = metadata.depth === 'ushort'
  const stated = metadata.icc && header.format !== 'png' ? NO_STATEMENT : statedColor(bytes, header, metadata)
  if (stated.icc) {
    return {
      header,
      metadata: { ...metadata, icc: Buffer.from(stated.icc) },
      deep,
      matrix: readMatrixProfile(stated.icc),
      notices: [],
      // A profile that lies in the file does not count beside the statement.
      pipeline: (_, failOn) => sharp(bytes, { ...options, failOn, ignoreIcc: true }),
    }
  }
  const own = deep && metadata.icc && PLAIN_DEEP[iccSpace(metadata.icc) ?? ''] === metadata.space
  return {
    header,
    metadata,
    deep,
    notices: stated.warning ? [stated.warning] : [],
    matrix: own && metadata.icc ? readMatrixProfile(metadata.icc) : null,
    pipeline: (profile, failOn) => sharp(bytes, { ...options, failOn, ignoreIcc: profile === 'raw' }),
  }
}

async function readMetadata(bytes: Uint8Array, { format }: PictureHeader, options: SharpOptions): Promise<Metadata> {
  const metadata = await sharp(bytes, options).metadata()
  if (metadata.format === LOADERS[format]) return metadata
  throw new KoutuError('IMAGE_UNSUPPORTED', {
    detail: `it begins like ${format} but is read as ${metadata.format}`,
    data: { type: metadata.format },
  })
}

/** Pixels that are decoded already. */
function openRaster(raster: Raster, header: PictureHeader): Opened {
  const deep = raster.data instanceof Uint16Array
  const space = deep ? 'rgb16' : 'srgb'
  const density = header.densityPpi
  const metadata = { format: 'raw', space, channels: raster.channels, density } as unknown as Metadata
  return { header, metadata, deep, matrix: null, notices: [], pipeline: () => fromRaster(raster) }
}

/** An image of a format that an optional package decodes. */
async function openByPackage(
  file: Uint8Array,
  header: PictureHeader,
  format: OptionalFormat,
  request: DecodeRequest,
  { signal, packages }: Surroundings,
): Promise<Opened> {
  const bytes = format === 'heic' ? withKnownBrand(file) : file
  const stated = await STATED[format](bytes, header, request)
  const { maxPixels, maxFrames } = request.limits
  const packageName = packages[format] ?? OPTIONAL_DECODERS[format].packageName
  const decoded = await decodeInThread({ format, bytes, packageName, maxPixels }, signal)
  if (!('png' in decoded)) return openPixels(decoded, header, stated, request, signal)
  const { png, frames, isToneMapped } = decoded
  if (frames > maxFrames) {
    throw new KoutuError('IMAGE_TOO_MANY_FRAMES', {
      detail: `expected at most ${maxFrames} frames but received ${frames}`,
      data: { limit: maxFrames, actual: frames },
    })
  }
  const opened = await openFile(await insertExtras(png, stated), asPngHeader({ ...header, frames }), request)
  return isToneMapped ? { ...opened, notices: [...opened.notices, TONE_MAPPED] } : opened
}

const TONE_MAPPED: Warning = { code: 'hdr-tone-mapped', message: 'The image is HDR. Its tones are mapped to SDR.' }

/** The file that stands in for one that libvips does not read. Its pixels are turned already. */
function asPngHeader(header: PictureHeader): PictureHeader {
  return { ...header, format: 'png', orientation: 1 }
}

/** What a file says besides its pixels, asked before they are decoded. */
const STATED: Readonly<
  Record<OptionalFormat, (bytes: Uint8Array, header: PictureHeader, request: DecodeRequest) => Promise<Extras>>
> = {
  async heic(bytes, header, { limits }) {
    const { icc, exif, xmp, density } = await readMetadata(bytes, header, { limitInputPixels: limits.maxPixels })
    return { icc: icc ?? null, exif: exif ?? null, xmp: xmp ?? null, densityPpi: density }
  },
  async jxl(bytes) {
    return { icc: null, ...jpegXlMetadata(bytes) }
  },
  async jp2(bytes) {
    const { icc, densityPpi } = readJpeg2000Boxes(byteSource(bytes))
    return { icc, exif: null, xmp: null, densityPpi: densityPpi ?? undefined }
  },
}

async function openPixels(
  { width, height, channels, data }: DecodedPixels,
  header: PictureHeader,
  { icc, exif, xmp, densityPpi }: Extras,
  request: DecodeRequest,
  signal: AbortSignal | undefined,
): Promise<Opened> {
  const raster: Raster = { width, height, channels, alpha: channels === 4 ? 'straight' : 'none', data }
  // sharp takes a profile only with a file around it.
  const opened = icc
    ? await openFile(
        await writePng(raster, { icc, exif: null, xmp: null }, 'stored', signal),
        asPngHeader(header),
        request,
      )
    : openRaster(raster, header)
  const metadata = {
    ...opened.metadata,
    ...(exif && { exif: Buffer.from(exif) }),
    ...(xmp && { xmp: Buffer.from(xmp) }),
    ...(densityPpi !== undefined && { density: densityPpi }),
  }
  const { pipeline } = opened
  if (channels < 4 || header.hasAlpha) return { ...opened, metadata }
  return { ...opened, metadata, pipeline: (profile, failOn) => pipeline(profile, failOn).removeAlpha() }
}
