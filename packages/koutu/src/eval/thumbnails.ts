// Thumbnails for the sheet, and ground truth as planes. The only file of the evaluation that uses sharp.

import { readFile } from 'node:fs/promises'
import { type Codec, isKoutuError, KoutuError, type Limits, type Plane } from '@koutu/core'
import sharp, { type Sharp } from 'sharp'
import { resolveOptions } from '../options.ts'

/** The longer side of a thumbnail in pixels, at most. */
const THUMBNAIL_SIDE = 480
const { maxPixels: MAX_PIXELS } = resolveOptions({})
const LIMITS = { limitInputPixels: MAX_PIXELS } as const
const FILE_LIMITS: Limits = { maxBytes: 2 ** 30, maxPixels: MAX_PIXELS, maxFrames: 1000 }
const WEBP = { quality: 82, effort: 2 } as const

/** One image from five sides, each a data URL of the same size. */
export interface Thumbnails {
  readonly width: number
  readonly height: number
  readonly photo: string
  readonly truth: string
  readonly checkerboard: string
  readonly magenta: string
  readonly difference: string
}

/** The gray image as alpha in [0, 1]. Errors: INPUT_NOT_FOUND, IMAGE_TOO_LARGE, IMAGE_CORRUPT. */
export async function readTruth(path: string): Promise<Plane> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (cause) {
    throw new KoutuError('INPUT_NOT_FOUND', { detail: `expected a grayscale image as truth at ${path}`, cause })
  }
  try {
    // The limit is ours to name: sharp's own message gives no number.
    const image = sharp(bytes, { limitInputPixels: false })
    const { width, height, depth } = await image.metadata()
    if (width * height > MAX_PIXELS) {
      throw new KoutuError('IMAGE_TOO_LARGE', {
        detail: `expected at most ${MAX_PIXELS} pixels in ${path} but received ${width} x ${height}`,
        data: { limit: MAX_PIXELS, actual: width * height },
      })
    }
    const deep = depth === 'ushort'
    const { data, info } = await image
      .removeAlpha()
      .toColourspace(deep ? 'grey16' : 'b-w')
      .raw({ depth: deep ? 'ushort' : 'uchar' })
      .toBuffer({ resolveWithObject: true })
    const samples = deep ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : data
    const white = deep ? 65535 : 255
    const alpha = new Float32Array(info.width * info.height)
    for (let i = 0; i < alpha.length; i++) alpha[i] = samples[i * info.channels]! / white
    return { width: info.width, height: info.height, data: alpha }
  } catch (cause) {
    if (isKoutuError(cause)) throw cause
    throw new KoutuError('IMAGE_CORRUPT', { detail: `the truth at ${path} could not be decoded`, cause })
  }
}

/** Images of one size, as 8-bit RGB. */
export interface Panels {
  readonly width: number
  readonly height: number
  readonly panels: readonly Uint8Array[]
}

/** The photo, and the photo on magenta under each of `alphas`, no wider or higher than `side` pixels. */
export async function drawPanels(imagePath: string, alphas: readonly Plane[], side: number): Promise<Panels> {
  const { data, info } = await sharp(imagePath, LIMITS)
    .autoOrient()
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const scale = Math.min(1, side / Math.max(info.width, info.height))
  const width = Math.max(1, Math.round(info.width * scale))
  const height = Math.max(1, Math.round(info.height * scale))
  const small = (pixels: Uint8Array, channels: 3 | 4) =>
    sharp(pixels, { raw: { width: info.width, height: info.height, channels } })
      .resize(width, height, { fit: 'fill' })
      .raw()
      .toBuffer()
  const panels: Uint8Array[] = [await small(data, 3)]
  for (const alpha of alphas) panels.push(compose(await small(joinAlpha(data, alpha), 4), width, () => MAGENTA))
  return { width, height, panels }
}

/** An image and its result on a checkerboard, each in a square of `side` pixels. `codec` reads what sharp does not. */
export async function drawPair(
  imagePath: string,
  resultPath: string,
  side: number,
  codec: Pick<Codec, 'decode'>,
): Promise<Panels> {
  const square = (image: Sharp) =>
    image
      .autoOrient()
      .toColourspace('srgb')
      .ensureAlpha()
      .resize(side, side, { fit: 'contain', background: { r: 0, g: 0, b: 0, alpha: 0 } })
      .raw()
      .toBuffer()
  // sharp reads large JPEGs at a fraction of their size, which is much faster.
  const small = await square(sharp(imagePath, LIMITS)).catch(async () => square(await decoded(imagePath, codec)))
  const result = await square(sharp(resultPath, LIMITS))
  const panels = [compose(small, side, () => DARK), compose(result, side, checkerboard)]
  return { width: side, height: side, panels }
}

/** An image as the pipeline reads it, with its own alpha. */
async function decoded(path: string, codec: Pick<Codec, 'decode'>): Promise<Sharp> {
  const { srgb, alpha } = await codec.decode(
    await readFile(path),
    { keepIcc: false, keepMetadata: false, limits: FILE_LIMITS },
    {},
  )
  const { width, height } = srgb
  const data = srgb.data as Uint8Array
  if (!alpha) return sharp(data, { raw: { width, height, channels: 3 } })
  return sharp(joinAlpha(data, alpha), { raw: { width, height, channels: 4 } })
}

/** The panels of each row side by side, the rows below each other, as a PNG. */
export async function joinPanels(rows: readonly Panels[]): Promise<Uint8Array> {
  const width = Math.max(...rows.map((row) => row.width * row.panels.length))
  const height = rows.reduce((sum, row) => sum + row.height, 0)
  let top = 0
  const tiles = rows.flatMap((row) => {
    const { width, height, panels } = row
    const placed = panels.map((pixels, column) => ({
      input: Buffer.from(pixels),
      raw: { width, height, channels: 3 as const },
      left: column * width,
      top,
    }))
    top += height
    return placed
  })
  return sharp({ create: { width, height, channels: 3, background: '#808080' } })
    .composite(tiles)
    .png()
    .toBuffer()
}

/** Draws the five thumbnails of one scored image; both planes have the size of the upright photo. */
export async function drawThumbnails(imagePath: string, alpha: Plane, truth: Plane): Promise<Thumbnails> {
  const { width: fullWidth, height: fullHeight } = truth
  const scale = Math.min(1, THUMBNAIL_SIDE / Math.max(fullWidth, fullHeight))
  const width = Math.max(1, Math.round(fullWidth * scale))
  const height = Math.max(1, Math.round(fullHeight * scale))
  const small = (image: Sharp) => image.resize(width, height, { fit: 'fill' })

  const upright = () => sharp(imagePath, LIMITS).autoOrient().toColourspace('srgb').removeAlpha()
  const photo = await small(upright()).raw().toBuffer()
  // Color and alpha shrink together, so that the background's color does not leak into the edge.
  const withAlpha = await upright()
    .raw()
    .toBuffer()
    .then((rgb) => {
      if (rgb.length !== alpha.data.length * 3) {
        throw new KoutuError('IMAGE_CORRUPT', {
          detail: `expected ${imagePath} to have the size of its truth, ${fullWidth} x ${fullHeight}`,
        })
      }
      return joinAlpha(rgb, alpha)
    })
  const raw = { width: fullWidth, height: fullHeight }
  const cutout = await small(sharp(withAlpha, { raw: { ...raw, channels: 4 } }))
    .raw()
    .toBuffer()
  const grey = small(sharp(toBytes(truth), { raw: { ...raw, channels: 1 } }))
  const difference = small(sharp(signedDifference(alpha, truth), { raw: { ...raw, channels: 3 } }))

  const encodeRgb = (rgb: Uint8Array) => dataUrl(sharp(rgb, { raw: { width, height, channels: 3 } }))
  return {
    width,
    height,
    photo: await encodeRgb(photo),
    truth: await dataUrl(grey),
    checkerboard: await encodeRgb(compose(cutout, width, checkerboard)),
    magenta: await encodeRgb(compose(cutout, width, () => MAGENTA)),
    difference: await dataUrl(difference),
  }
}

type Rgb = readonly [number, number, number]
const MAGENTA: Rgb = [255, 0, 255]
const LIGHT: Rgb = [255, 255, 255]
const DARK: Rgb = [204, 204, 204]
const CHECK_PX = 10
const checkerboard = (x: number, y: number) =>
  (Math.floor(x / CHECK_PX) + Math.floor(y / CHECK_PX)) % 2 === 0 ? LIGHT : DARK

function compose(rgba: Uint8Array, width: number, background: (x: number, y: number) => Rgb): Uint8Array {
  const out = new Uint8Array((rgba.length / 4) * 3)
  for (let i = 0; i < rgba.length / 4; i++) {
    const behind = background(i % width, Math.floor(i / width))
    const cover = rgba[i * 4 + 3]! / 255
    for (let c = 0; c < 3; c++) {
      out[i * 3 + c] = Math.round(rgba[i * 4 + c]! * cover + behind[c]! * (1 - cover))
    }
  }
  return out
}

const toByte = (value: number) => Math.round(Math.min(1, Math.max(0, value)) * 255)

function toBytes(plane: Plane): Uint8Array {
  const bytes = new Uint8Array(plane.data.length)
  // `from` with a function would keep 50 bytes a value.
  for (let i = 0; i < bytes.length; i++) bytes[i] = toByte(plane.data[i]!)
  return bytes
}

function joinAlpha(rgb: Uint8Array, alpha: Plane): Uint8Array {
  const out = new Uint8Array(alpha.data.length * 4)
  for (let i = 0; i < alpha.data.length; i++) {
    out[i * 4] = rgb[i * 3]!
    out[i * 4 + 1] = rgb[i * 3 + 1]!
    out[i * 4 + 2] = rgb[i * 3 + 2]!
    out[i * 4 + 3] = toByte(alpha.data[i]!)
  }
  return out
}

/** Black where both agree, orange where too much was kept, blue where too little. */
function signedDifference(alpha: Plane, truth: Plane): Uint8Array {
  const out = new Uint8Array(alpha.data.length * 3)
  for (let i = 0; i < alpha.data.length; i++) {
    const d = alpha.data[i]! - truth.data[i]!
    const amount = toByte(Math.abs(d))
    out[i * 3] = d > 0 ? amount : 0
    out[i * 3 + 1] = amount >> 1
    out[i * 3 + 2] = d > 0 ? 0 : amount
  }
  return out
}

async function dataUrl(image: Sharp): Promise<string> {
  return `data:image/webp;base64,${(await image.webp(WEBP).toBuffer()).toString('base64')}`
}
