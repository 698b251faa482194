// The Codec port on what browsers have. It holds no state but the kernels.

import { KoutuError, throwIfAborted } from '@koutu/core/errors'
import type { LoadedKernels } from '@koutu/core/kernels'
import type { Codec, EncodeRequest } from '@koutu/core/ports'
import type { AssetStore } from '../files/asset-store.ts'
import type { AssetCode } from '../files/manifest.ts'
import type { StoredRequest } from '../messages.ts'
import { decodeBytes } from './decode.ts'
import { writePng } from './png.ts'
import { type StoredRaster, storeRaster } from './stored-raster.ts'

export interface BrowserCodec extends Codec {
  /** As `encode`, where pixels and file lie outside of this thread's memory. */
  encodeStored(raster: StoredRaster, request: StoredRequest, signal?: AbortSignal): Promise<Blob>
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
  raster: StoredRaster,
  format: ImageFormat,
  request: StoredRequest,
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
    const file = await (await extras()).writeByCanvas(raster, format, quality)
    return more && kept ? more.insertExtras(file, format, kept) : file
  }
  const encodeStored: BrowserCodec['encodeStored'] = async (raster, request, signal) => {
    throwIfAborted(signal)
    const { format } = request
    if (format !== 'zip' && format !== 'psd') return toFile(raster, format, request, signal)
    return (await extras()).writeLayers(raster, request, toFile, signal)
  }
  return {
    id: 'browser',
    decode: (bytes, request, ctx) => decodeBytes(bytes, request, ctx, extras),
    encodeStored,
    async encode(raster, request, { signal }) {
      const file = await encodeStored(await storeRaster(raster), await storeRequest(request), signal)
      return new Uint8Array(await file.arrayBuffer())
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

/** `raster` and its layers outside of this thread's memory. */
export async function storeRequest({ layers = [], ...request }: EncodeRequest): Promise<StoredRequest> {
  const stored: StoredRequest['layers'][number][] = []
  for (const layer of layers) stored.push({ ...layer, raster: await storeRaster(layer.raster) })
  return { ...request, layers: stored }
}
