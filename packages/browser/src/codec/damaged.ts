// Files that end before their pixels do, made whole: what is missing is marked.

import { KoutuError } from '@koutu/core/errors'
import type { PictureHeader } from '@koutu/core/formats'
import { missingGray, type Plane } from '@koutu/core/pixels'
import type { Picture } from '@koutu/core/ports'
import { concat } from './bytes.ts'
import { deflate } from './deflate.ts'
import { inflate } from './inflate.ts'
import { jpegComponents } from './own-colors.ts'
import { chunk, SIGNATURE } from './png.ts'
import { pngChunks } from './png-chunks.ts'
import { readOwnColors } from './raw-colors.ts'
import { gifBlocks } from './truncated.ts'

/** A file that a decoder takes, and which pixels of its image are not in the original; null where that shows by itself. */
interface Mended {
  readonly bytes: Uint8Array
  missing(picture: Picture): Promise<Plane | null>
}

/**
 * The picture that `decode` makes of the mended file, transparent where pixels are missing. Errors: `error` where a file of this kind
 * cannot be mended.
 */
export async function keepDamaged(
  bytes: Uint8Array,
  header: PictureHeader,
  decode: (bytes: Uint8Array) => Promise<Picture>,
  error: unknown,
): Promise<Picture> {
  const mended = await mend(bytes, header)
  if (!mended) throw cannotKeep(header, error)
  const picture = await decode(mended.bytes)
  const warning = { code: 'damaged', message: 'The image file is damaged. Missing pixels are transparent.' }
  const alpha = bothAlphas(picture.alpha, await mended.missing(picture))
  return { ...picture, alpha, warnings: [...picture.warnings, warning] }
}

function cannotKeep({ format }: PictureHeader, cause: unknown): KoutuError {
  return new KoutuError('IMAGE_CORRUPT', {
    detail: `damaged: expected 'error' for a ${format} file of this kind, of which the browser shows no part`,
    cause,
  })
}

async function mend(bytes: Uint8Array, header: PictureHeader): Promise<Mended | null> {
  if (header.format === 'png') return mendPng(bytes, header)
  if (header.format === 'gif') return { bytes: concat(gifBlocks(bytes).whole, GIF_END), missing: async () => null }
  // What decoders make up has another color after conversion from CMYK.
  if (header.format !== 'jpeg' || jpegComponents(bytes) === 4) return null
  const whole = concat(bytes, JPEG_END)
  return {
    bytes: whole,
    async missing(picture) {
      const { data } = await readOwnColors(whole, picture)
      return missingGray(data as Uint8Array, 3, picture)
    },
  }
}

const JPEG_END = Uint8Array.of(0xff, 0xd9)
/** An empty sub-block and the trailer. */
const GIF_END = Uint8Array.of(0, 0x3b)
/** Of animations. */
const FRAME_CHUNKS: ReadonlySet<string> = new Set(['acTL', 'fcTL', 'fdAT'])
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }

/** Its last rows are zeros, and known. Null for interlaced and turned images, and those that lack all pixels. */
async function mendPng(
  bytes: Uint8Array,
  { width, height, bitDepth, orientation }: PictureHeader,
): Promise<Mended | null> {
  const [colorType, isInterlaced] = [bytes[25]!, bytes[28] !== 0]
  if (isInterlaced || orientation !== 1) return null
  const chunks = [...pngChunks(bytes)]
  const first = chunks.findIndex(({ name }) => name === 'IDAT')
  const before = chunks.slice(0, Math.max(0, first)).filter(({ name }) => !FRAME_CHUNKS.has(name))
  const data = chunks.filter(({ name }) => name === 'IDAT').map(({ body }) => body)
  const rowBytes = Math.ceil((width * bitDepth * (SAMPLES[colorType] ?? 0)) / 8) + 1
  const there = inflate(data, rowBytes * height)
  const rows = Math.floor(there.length / rowBytes)
  if (rows === 0) return null
  const all = new Uint8Array(rowBytes * height)
  all.set(there.subarray(0, rows * rowBytes))
  const pixels = chunk('IDAT', await deflate(all))
  const whole = [SIGNATURE, ...before.map((one) => one.whole), ...pixels, ...chunk('IEND', new Uint8Array())]
  return {
    bytes: concat(...whole),
    async missing() {
      return rows === height ? null : { width, height, data: new Float32Array(width * height).fill(1, 0, rows * width) }
    },
  }
}

function bothAlphas(alpha: Plane | null, missing: Plane | null): Plane | null {
  if (!alpha || !missing) return alpha ?? missing
  return { ...alpha, data: alpha.data.map((value, i) => value * missing.data[i]!) }
}
