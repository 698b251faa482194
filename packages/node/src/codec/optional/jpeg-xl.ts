// JPEG XL by jxl-oxide. It writes a PNG, which states the color space of its pixels.

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { crc32 } from 'node:zlib'
import { KoutuError } from '@koutu/core/errors'
import { checkDecodedPixels } from './check-pixels.ts'
import type { Decoder } from './decoder-calls.ts'
import { missingDecoder } from './decoders.ts'

interface JxlImage {
  feedBytes(bytes: Uint8Array): number
  tryInit(): boolean
  render(frame?: number): { encodeToPng(): Uint8Array }
  /** To be set before `tryInit`. */
  forceSrgb: boolean
  readonly loaded: boolean
  readonly numLoadedKeyframes: number
  readonly width: number
  readonly height: number
}

interface JxlOxide {
  initSync(options: { module: Uint8Array<ArrayBuffer> }): unknown
  readonly JxlImage: new () => JxlImage
}

/** Where the PNG states its colors as code points of ITU-T H.273: in the chunk behind its header. */
const CODE_POINTS = { nameAt: 37, primariesAt: 41, transferAt: 42, checksumAt: 45 }
/** PQ and HLG. */
const HDR_TRANSFERS = new Set([16, 18])
/** The same primaries, with the white of cinemas and with that of screens. */
const [DCI_P3, DISPLAY_P3] = [11, 12]

export const decodeJpegXl: Decoder = async ({ bytes, packageName, maxPixels }) => {
  const { JxlImage } = await load(packageName)
  const open = (forceSrgb: boolean): JxlImage => {
    const image = new JxlImage()
    image.forceSrgb = forceSrgb
    image.feedBytes(bytes)
    if (!image.tryInit() || !image.loaded)
      throw new KoutuError('IMAGE_CORRUPT', { detail: 'JPEG XL: the file is cut off' })
    checkDecodedPixels(image.width * image.height, maxPixels)
    return image
  }
  const image = open(false)
  const frames = image.numLoadedKeyframes
  const png = withScreenWhite(image.render().encodeToPng())
  if (!isHdr(png)) return { png, frames, isToneMapped: false }
  // Only of lossy images, whose colors are stored in a space of the format's own.
  const mapped = open(true).render().encodeToPng()
  return isHdr(mapped) ? { png, frames, isToneMapped: false } : { png: mapped, frames, isToneMapped: true }
}

async function load(packageName: string): Promise<JxlOxide> {
  let oxide: JxlOxide
  let module: Uint8Array<ArrayBuffer>
  try {
    oxide = (await import(packageName)) as JxlOxide
    module = await readFile(fileURLToPath(import.meta.resolve(`${packageName}/module.wasm`)))
  } catch {
    throw missingDecoder('jxl', packageName)
  }
  oxide.initSync({ module })
  return oxide
}

function statesCodePoints(png: Uint8Array): boolean {
  return String.fromCharCode(...png.subarray(CODE_POINTS.nameAt, CODE_POINTS.primariesAt)) === 'cICP'
}

function isHdr(png: Uint8Array): boolean {
  return statesCodePoints(png) && HDR_TRANSFERS.has(png[CODE_POINTS.transferAt]!)
}

/** JPEG XL has one number for both P3 spaces and states the white apart, which the PNG does not tell: that of screens is meant. */
function withScreenWhite(png: Uint8Array): Uint8Array {
  if (!statesCodePoints(png) || png[CODE_POINTS.primariesAt] !== DCI_P3) return png
  const { nameAt, primariesAt, checksumAt } = CODE_POINTS
  png[primariesAt] = DISPLAY_P3
  new DataView(png.buffer, png.byteOffset).setUint32(checksumAt, crc32(png.subarray(nameAt, checksumAt)))
  return png
}
