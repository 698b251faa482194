// The Codec port on what browsers have. It holds no state but the kernels.

import { KoutuError, throwIfAborted } from '@koutu/core/errors'
import type { LoadedKernels } from '@koutu/core/kernels'
import type { Raster } from '@koutu/core/pixels'
import type { Codec, EncodeRequest } from '@koutu/core/ports'
import type { AssetStore } from '../files/asset-store.ts'
import type { AssetCode } from '../files/manifest.ts'
import { decodeBytes } from './decode.ts'
import { writePng } from './png.ts'
import { toRgba } from './rgba.ts'

export interface BrowserCodec extends Codec {
  /** As `encode`, where the file may stay outside of this thread's memory. */
  encodeBlob(raster: Raster, request: EncodeRequest, signal?: AbortSignal): Promise<Blob>
}

/** Loaded when an image needs it. */
export type Extras = typeof import('./extras.ts')

export interface BrowserCodecDeps {
  readonly kernels: () => Promise<LoadedKernels>
  readonly extras: () => Promise<Extras>
  /** What writes AVIF. */
  readonly avif: AssetCode
  readonly files: AssetStore
}

type ImageFormat = Exclude<EncodeRequest['format'], 'zip' | 'psd'>
export type ToFile = (
  raster: Raster,
  format: ImageFormat,
  request: EncodeRequest,
  signal?: AbortSignal,
) => Promise<Blob>

export function createBrowserCodec({ kernels, extras, avif, files }: BrowserCodecDeps): BrowserCodec {
  /** One image. */
  const toFile: ToFile = async (raster, format, request, signal) => {
    const { lossyQuality: quality, icc, metadata } = request
    if (format === 'jpeg' && raster.channels === 4) {
      throw new KoutuError('INVALID_OPTIONS', {
        detail: "expected an opaque background with format 'jpeg', which has no transparency",
      })
    }
    const more = icc || metadata.exif || metadata.xmp ? await extras() : null
    const kept = more?.extrasFor(raster, request)
    if (format === 'png') return writePng(raster, await kernels(), kept && (await more?.pngExtras(kept)), signal)
    if (format === 'tiff') return (await extras()).writeTiff(raster, kept?.icc ?? null, signal)
    if (format === 'avif') return (await extras()).writeAvif(raster, quality, avif, files)
    const file = await byCanvas(raster, format, quality)
    return more && kept ? more.insertExtras(file, format, kept) : file
  }
  const encodeBlob: BrowserCodec['encodeBlob'] = async (raster, request, signal) => {
    throwIfAborted(signal)
    const { format } = request
    if (format !== 'zip' && format !== 'psd') return toFile(raster, format, request, signal)
    return (await extras()).writeLayers(raster, request, toFile, signal)
  }
  return {
    id: 'browser',
    decode: (bytes, request, ctx) => decodeBytes(bytes, request, ctx, extras),
    encodeBlob,
    async encode(raster, request, { signal }) {
      return new Uint8Array(await (await encodeBlob(raster, request, signal)).arrayBuffer())
    },
    async cover(raster, size, { signal }) {
      throwIfAborted(signal)
      return (await extras()).coverRaster(raster, size)
    },
    async blur(raster, sigmaPx, { signal }) {
      throwIfAborted(signal)
      return (await extras()).blurRaster(raster, sigmaPx)
    },
  }
}

async function byCanvas(raster: Raster, format: 'jpeg' | 'webp', quality: number): Promise<Blob> {
  const { width, height } = raster
  const canvas = new OffscreenCanvas(width, height)
  canvas.getContext('2d')!.putImageData(new ImageData(toRgba(raster), width, height), 0, 0)
  const type = `image/${format}`
  const file = await canvas.convertToBlob({ type, quality: quality / 100 })
  // What a browser cannot write, it writes as PNG.
  if (file.type !== type) {
    throw new KoutuError('CODEC_MISSING', { detail: `format: this browser cannot write ${format}` })
  }
  return file
}
