// A result as the caller sees it. Its pixels lie in a Blob, so that they outlive the worker.

import type { CoarseAlpha, Report } from '@koutu/core/pipeline'
import type { Plane } from '@koutu/core/pixels'
import type { Warning } from '@koutu/core/ports'
import type { RemoveResult } from '../messages.ts'
import type { Client } from './client.ts'

export interface CutoutImage {
  readonly mimeType: string
  readonly width: number
  readonly height: number
  /** The encoded file. Encoded at the first call, in the worker; the same file afterwards. */
  blob(): Promise<Blob>
  /** The bytes of the encoded file. */
  bytes(): Promise<Uint8Array<ArrayBuffer>>
  /** The pixels, for a canvas. */
  bitmap(): Promise<ImageBitmap>
  /** The pixels: RGBA with 8 bits, straight alpha, sRGB. */
  imageData(): Promise<ImageData>
}

export interface Cutout {
  readonly image: CutoutImage
  /** Foreground share of each pixel of the whole image, in [0, 1], at full resolution. The caller owns it. */
  readonly alpha: Plane
  /** What the network found, with 8 bits, for `refine`. Plain data: it can be stored. */
  readonly coarse: CoarseAlpha | null
  readonly report: Report
  readonly warnings: readonly Warning[]
}

const MIME_TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  webp: 'image/webp',
  avif: 'image/avif',
  jpeg: 'image/jpeg',
  tiff: 'image/tiff',
  zip: 'application/zip',
  psd: 'image/vnd.adobe.photoshop',
}

export function toCutout({ raster, alpha, coarse, report, encode: request }: RemoveResult, client: Client): Cutout {
  const { width, height } = raster
  const timingsMs: Record<string, number> = { ...report.timingsMs }
  let encoded: Promise<Blob> | null = null
  const encode = async (): Promise<Blob> => {
    const begin = performance.now()
    const file = await client.call('encode', { raster, request })
    timingsMs.encode = performance.now() - begin
    return file
  }
  const blob = () => {
    encoded ??= encode().catch((error: unknown) => {
      encoded = null
      throw error
    })
    return encoded
  }
  const imageData = async () => {
    const pixels = await client.call('rgba', { raster })
    return new ImageData(new Uint8ClampedArray(pixels), width, height)
  }
  return {
    image: {
      mimeType: MIME_TYPES[request.format] ?? '',
      width,
      height,
      blob,
      bytes: async () => new Uint8Array(await (await blob()).arrayBuffer()),
      imageData,
      bitmap: async () => createImageBitmap(await imageData()),
    },
    alpha,
    coarse,
    report: { ...report, timingsMs },
    warnings: report.warnings,
  }
}
