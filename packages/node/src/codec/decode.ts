// Bytes to a Picture: the pixels of an opened image in sRGB or their own space, with their alpha split off.

import {
  type Ctx,
  convertToSrgb,
  type DecodeRequest,
  exifDensityPpi,
  iccSpace,
  inspectPicture,
  KoutuError,
  keptMetadata,
  lacksScans,
  type MatrixProfile,
  mayKeep,
  missingGray,
  missingRows,
  type Picture,
  type PictureHeader,
  type Plane,
  type Raster,
  throwIfAborted,
  type Warning,
} from '@koutu/core'
import { toSixteenBit } from '@koutu/core/pixels'
import type { Metadata, OutputInfo } from 'sharp'
import { isHarmless, type Strictness, strictnessFor, tellsOfDataLeft } from './completeness.ts'
import { isDamagedInside } from './damage.ts'
import { gainMapWarning } from './gain-map.ts'
import { type Opened, openImage } from './open-image.ts'
import type { DecoderPackages } from './optional/decoders.ts'
import {
  type Pixels,
  pickChannels,
  plainBytes,
  type Samples,
  splitAlpha,
  stretchFrom,
  stretchShifted,
  toEightBit,
  transparentOutside,
} from './samples.ts'
import { decodeError } from './sharp-error.ts'
import { inSlices } from './slices.ts'

const DAMAGED_INSIDE: Warning = {
  code: 'damaged',
  message: 'The file has more or other data than its pixels need: it is damaged, and parts of the image may be wrong.',
}

/** What JFIF can state in its 16 bits. */
const MAX_DENSITY_PPI = 65_535

/** Errors: IMAGE_UNSUPPORTED, IMAGE_CORRUPT, IMAGE_TOO_*, CODEC_MISSING, ABORTED. */
export async function decodePicture(
  bytes: Uint8Array,
  request: DecodeRequest,
  ctx: Ctx,
  packages: DecoderPackages,
): Promise<Picture> {
  const { signal } = ctx
  throwIfAborted(signal)
  const header = inspectPicture(bytes, request.limits)
  try {
    const warnings: Warning[] = []
    const opened = await openImage(bytes, header, request, { signal, packages })
    throwIfAborted(signal)
    warnings.push(...opened.notices)
    if (header.format === 'jpeg' && lacksScans(bytes))
      warnings.push({
        code: 'damaged',
        message: 'The progressive JPEG ends before its last scan. Details are missing.',
      })
    const gainMap = gainMapWarning(bytes, header)
    if (gainMap) warnings.push(gainMap)
    const profile = chooseProfile(opened, request.keepIcc, warnings)
    const { frames } = opened.header
    if (frames > 1) {
      warnings.push({
        code: 'first-frame-only',
        message: `The image has ${frames} frames; only the first is used.`,
      })
    }
    if (header.format === 'heic' && header.bitDepth > 8) {
      warnings.push({
        code: 'depth-reduced',
        message: `The image has ${header.bitDepth} bits per sample; HEIC is read with 8.`,
      })
    }
    const extras = (header.extraSamples ?? 0) - (header.hasAlpha ? 1 : 0)
    if (extras > 0) {
      warnings.push({
        code: 'extra-channels-ignored',
        message: `The image has ${extras} extra channel${extras > 1 ? 's' : ''} besides color and alpha; not used.`,
      })
    }
    const [{ pixels, source, missing }, isDamaged] = await Promise.all([
      readWhole(opened, profile.forColor, request, warnings, signal),
      isDamagedInside(bytes, header, signal),
    ])
    if (isDamaged) tellDamage(warnings)
    throwIfAborted(signal)
    const { color, alpha } = await separateAlpha(pixels, signal)
    const srgb = await toSrgb(color, source, profile.kept !== null, warnings, signal)
    return {
      width: color.width,
      height: color.height,
      color,
      srgb,
      alpha: bothAlphas(alpha, missing),
      format: header.format,
      icc: profile.kept,
      metadata: request.keepMetadata ? plain(keptMetadata(opened.metadata, warnings)) : { exif: null, xmp: null },
      densityPpi: statedDensity(opened.metadata),
      warnings,
    }
  } catch (error) {
    throw decodeError(error, request.limits)
  }
}

/** What to do with the picture's profile for `color`, and the profile to hand on. */
function chooseProfile(
  { metadata, deep, matrix }: Opened,
  keepIcc: boolean,
  warnings: Warning[],
): { forColor: 'convert' | 'raw'; kept: Uint8Array | null } {
  const { icc, space } = metadata
  const profileSpace = icc ? iccSpace(icc) : null
  const fault = icc && profileFault(profileSpace, { space, deep, matrix })
  if (fault) {
    const instead = space === 'cmyk' ? 'a common CMYK profile was used' : 'it is read as sRGB'
    warnings.push({ code: 'icc-ignored', message: `The color profile of the image is ${fault}; ${instead}.` })
    return { forColor: 'raw', kept: null }
  }
  if (!keepIcc) return { forColor: 'convert', kept: null }
  if (icc && !mayKeep(icc, 'color profile', warnings)) return { forColor: 'convert', kept: null }
  if (icc && profileSpace === 'RGB' && (space === 'srgb' || space === 'rgb' || space === 'rgb16')) {
    return { forColor: 'raw', kept: plainBytes(icc) }
  }
  if (icc || space === 'cmyk') {
    warnings.push({
      code: 'icc-not-kept',
      message: `A ${space === 'cmyk' ? 'CMYK' : (profileSpace ?? space)} profile cannot be kept in an RGB result; the colors are converted to sRGB.`,
    })
  }
  return { forColor: 'convert', kept: null }
}

/** Why a profile cannot be applied, if so. Others apply none then, and say nothing. */
function profileFault(
  profileSpace: string | null,
  { space, deep, matrix }: Pick<Opened, 'deep' | 'matrix'> & Pick<Metadata, 'space'>,
): string | null {
  if (profileSpace === null) return 'damaged'
  // Applied here, to gray as to RGB.
  if (matrix) return null
  // libvips uses no profile on 16-bit gray, and tables for gray are rare enough.
  if (deep && space === 'grey16') return 'not supported for 16-bit gray'
  const expected = PROFILE_SPACES[space ?? '']
  return expected && expected !== profileSpace ? `for ${profileSpace} but the image is ${expected}` : null
}

/** Space of the profile that fits, by libvips' name of the space of an image. */
const PROFILE_SPACES: Readonly<Record<string, string>> = {
  'b-w': 'GRAY',
  srgb: 'RGB',
  rgb: 'RGB',
  rgb16: 'RGB',
  cmyk: 'CMYK',
}

/** Formats of which a part can be read. */
const PARTIAL: ReadonlySet<string> = new Set(['jpeg', 'png', 'gif'])

/** All pixels, or, where damage may be kept, those that are there. `missing` is 0 where there is none. */
async function readWhole(
  opened: Opened,
  profile: 'convert' | 'raw',
  { damaged, limits }: DecodeRequest,
  warnings: Warning[],
  signal: AbortSignal | undefined,
): Promise<{ readonly pixels: Pixels; readonly source: Opened; readonly missing: Plane | null }> {
  const { header, metadata, pipeline } = opened
  // What libjpeg makes up has another color after conversion from CMYK.
  const canKeep = damaged === 'keep' && PARTIAL.has(header.format) && metadata.space !== 'cmyk'
  try {
    return { pixels: await read(opened, profile, warnings, signal), source: opened, missing: null }
  } catch (error) {
    if (!canKeep || decodeError(error, limits).code !== 'IMAGE_CORRUPT') throw error
  }
  throwIfAborted(signal)
  const source: Opened = { ...opened, pipeline: (wanted) => pipeline(wanted, 'none') }
  const pixels = await read(source, profile, warnings, signal)
  warnings.push({ code: 'damaged', message: 'The image file is damaged. Missing pixels are transparent.' })
  if (header.format === 'gif') return { pixels, source, missing: null }
  if (header.format === 'png') return { pixels, source, missing: missingRows(pixels.data, pixels) }
  const { data, info } = await rawPixels({ ...source, deep: false }, 'raw', warnings)
  return { pixels, source, missing: missingGray(data, info.channels, info) }
}

function bothAlphas(alpha: Plane | null, missing: Plane | null): Plane | null {
  if (!alpha || !missing) return alpha ?? missing
  return { ...alpha, data: alpha.data.map((value, i) => value * missing.data[i]!) }
}

async function read(
  opened: Opened,
  profile: 'convert' | 'raw',
  warnings: Warning[],
  signal: AbortSignal | undefined,
): Promise<Pixels> {
  const { header, matrix, deep } = opened
  const own = profile === 'convert' ? matrix : null
  const { data, info } = await rawPixels(opened, own ? 'raw' : profile, warnings)
  const { width, height, channels } = info
  if (channels < 3) {
    throw new KoutuError('IMAGE_UNSUPPORTED', { detail: `expected RGB or RGBA but it has ${channels} channels` })
  }
  const all = deep ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2) : plainBytes(data)
  const pixels = await withoutExtras({ width, height, data: all }, channels, header, signal)
  const { data: samples } = pixels
  if (!(samples instanceof Uint16Array)) return own ? convertBytes(pixels, samples, own, signal) : pixels
  // libheif's 10 and 12 bits come shifted to the top of 16.
  if (header.format === 'avif' && header.bitDepth < 16) await stretchShifted(samples, header.bitDepth, signal)
  if (header.maxSample) await stretchFrom(samples, header.maxSample, signal)
  if (own) await convert(samples, pixels.channels, own, signal)
  return pixels
}

async function convert(
  samples: Uint16Array,
  channels: 3 | 4,
  profile: MatrixProfile,
  signal: AbortSignal | undefined,
): Promise<void> {
  await inSlices(samples.length / channels, (from, to) => convertToSrgb(samples, channels, profile, from, to), signal)
}

function plain({ exif, xmp }: Picture['metadata']): Picture['metadata'] {
  return { exif: exif && plainBytes(exif), xmp: xmp && plainBytes(xmp) }
}

/** As 16-bit samples are converted, and rounded back. */
async function convertBytes(
  pixels: Pixels,
  samples: Uint8Array,
  profile: MatrixProfile,
  signal: AbortSignal | undefined,
): Promise<Pixels> {
  const wide = toSixteenBit(samples)
  await convert(wide, pixels.channels, profile, signal)
  return { ...pixels, data: await toEightBit(wide, signal) }
}

/** Colors, and alpha where the header says that one of the samples behind them is alpha. */
function withoutExtras(
  image: { width: number; height: number; data: Samples },
  channels: number,
  { format, hasAlpha, firstFrame, alphaSample = 0, extraSamples = 0 }: PictureHeader,
  signal: AbortSignal | undefined,
): Promise<Pixels> | Pixels {
  // libvips gives no alpha of a GIF without a transparent color.
  if (channels === 3 && firstFrame) return transparentOutside(image, firstFrame, signal)
  const isPlain = channels === 3 || (channels === 4 && (format !== 'tiff' || (hasAlpha && extraSamples === 1)))
  if (isPlain) return { ...image, channels }
  return pickChannels(image, channels, hasAlpha ? [0, 1, 2, 3 + alphaSample] : [0, 1, 2], signal)
}

/** Samples as libvips gives them, of all pixels or of none: an image with missing pixels is an error. */
async function rawPixels(
  { pipeline, metadata, matrix, deep, header }: Opened,
  profile: 'convert' | 'raw',
  warnings: Warning[],
): Promise<{ data: Buffer; info: OutputInfo }> {
  const decode = (failOn: Strictness) => {
    let image = pipeline(profile, failOn).toColourspace(deep ? 'rgb16' : 'srgb')
    // Left alone, sharp takes 16-bit RGB with a profile to Display P3 and stays there.
    if (deep && profile === 'convert' && !matrix && metadata.icc && metadata.space === 'rgb16') {
      image = image.withIccProfile('srgb', { attach: false })
    }
    image.on('warning', (message: unknown) => {
      if (
        String(message).includes('Invalid embedded profile') &&
        !warnings.some(({ code }) => code === 'icc-ignored')
      ) {
        warnings.push({
          code: 'icc-ignored',
          message: 'The color profile of the image is damaged; it is read as sRGB.',
        })
      }
    })
    return image.raw({ depth: deep ? 'ushort' : 'uchar' }).toBuffer({ resolveWithObject: true })
  }
  try {
    return await decode(strictnessFor(header.format))
  } catch (error) {
    if (!isHarmless(error, header.format)) throw error
    if (metadata.isProgressive && tellsOfDataLeft(error)) tellDamage(warnings)
    return decode('error')
  }
}

function tellDamage(warnings: Warning[]): void {
  if (!warnings.some(({ code }) => code === DAMAGED_INSIDE.code)) warnings.push(DAMAGED_INSIDE)
}

function asRaster({ width, height, data }: Pixels): Raster {
  return { width, height, channels: 3, alpha: 'none', data }
}

async function separateAlpha(
  pixels: Pixels,
  signal: AbortSignal | undefined,
): Promise<Pick<Picture, 'color' | 'alpha'>> {
  if (pixels.channels === 4) return splitAlpha(pixels.data, pixels.width, pixels.height, signal)
  return { color: asRaster(pixels), alpha: null }
}

/** The 8-bit sRGB raster beside `color`: itself, itself rounded, or the picture read once more through its profile. */
async function toSrgb(
  color: Raster,
  opened: Opened,
  profileKept: boolean,
  warnings: Warning[],
  signal: AbortSignal | undefined,
): Promise<Raster> {
  let converted = color
  if (profileKept) {
    throwIfAborted(signal)
    converted = (await separateAlpha(await read(opened, 'convert', warnings, signal), signal)).color
  }
  const { data } = converted
  return data instanceof Uint16Array ? { ...converted, data: await toEightBit(data, signal) } : converted
}

/** Pixels per inch, where the file states it. 72 is what libvips says of files that don't, as other programs do. */
function statedDensity({ density, resolutionUnit, format, exif }: Metadata): number | undefined {
  const inContainer = format !== 'tiff' || resolutionUnit ? density : undefined
  const stated = Math.round(inContainer ?? (exif && exifDensityPpi(exif)) ?? 0)
  return stated > 0 && stated !== 72 && stated <= MAX_DENSITY_PPI ? stated : undefined
}
