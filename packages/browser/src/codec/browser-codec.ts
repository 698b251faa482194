// The Codec port on what browsers have. It holds no state but the kernels.

import { KoutuError, throwIfAborted } from '@koutu/core/errors'
import type { LoadedKernels } from '@koutu/core/kernels'
import type { Raster } from '@koutu/core/pixels'
import type { Codec, EncodeRequest } from '@koutu/core/ports'
import { decodeBytes } from './decode.ts'
import { writePng } from './png.ts'
import { toRgba } from './rgba.ts'
import { blurRaster, coverRaster } from './transform.ts'

export interface BrowserCodec extends Codec {
  /** As `encode`, where the file may stay outside of this thread's memory. */
  encodeBlob(raster: Raster, request: EncodeRequest, signal?: AbortSignal): Promise<Blob>
}

/** Loaded when an image needs it. */
export type Extras = typeof import('./extras.ts')

export function createBrowserCodec(kernels: () => Promise<LoadedKernels>, extras: () => Promise<Extras>): BrowserCodec {
  /** One image. */
  const toFile: ToFile = async (raster, format, quality, signal) => {
    if (format === 'jpeg' && raster.channels === 4) {
      throw new KoutuError('INVALID_OPTIONS', {
        detail: "expected an opaque background with format 'jpeg', which has no transparency",
      })
    }
    return format === 'png' ? writePng(raster, await kernels(), signal) : byCanvas(raster, format, quality)
  }
  const encodeBlob: BrowserCodec['encodeBlob'] = async (raster, request, signal) => {
    throwIfAborted(signal)
    const format = checkFormat(request.format)
    if (format !== 'zip' && format !== 'psd') return toFile(raster, format, request.lossyQuality, signal)
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
      return coverRaster(raster, size)
    },
    async blur(raster, sigmaPx, { signal }) {
      throwIfAborted(signal)
      return blurRaster(raster, sigmaPx)
    },
  }
}

type ImageFormat = 'png' | 'webp' | 'jpeg'
export type ToFile = (raster: Raster, format: ImageFormat, quality: number, signal?: AbortSignal) => Promise<Blob>

/** Formats that are written here. Errors: CODEC_MISSING. */
export function checkFormat(format: EncodeRequest['format']): ImageFormat | 'zip' | 'psd' {
  if (format !== 'avif' && format !== 'tiff') return format
  throw new KoutuError('CODEC_MISSING', {
    detail: `expected png, webp, jpeg, zip or psd in the browser but received '${format}'`,
  })
}

async function byCanvas(raster: Raster, format: ImageFormat, quality: number): Promise<Blob> {
  const { width, height } = raster
  const canvas = new OffscreenCanvas(width, height)
  canvas.getContext('2d')!.putImageData(new ImageData(toRgba(raster), width, height), 0, 0)
  const type = `image/${format}`
  const file = await canvas.convertToBlob({ type, quality: quality / 100 })
  // What a browser cannot write, it writes as PNG.
  if (file.type !== type) {
    throw new KoutuError('CODEC_MISSING', { detail: `this browser cannot write ${format}` })
  }
  return file
}
