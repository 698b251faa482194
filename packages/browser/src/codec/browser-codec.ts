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

export function createBrowserCodec(kernels: () => Promise<LoadedKernels>): BrowserCodec {
  const encodeBlob: BrowserCodec['encodeBlob'] = async (raster, { format, lossyQuality }, signal) => {
    throwIfAborted(signal)
    checkFormat(format)
    if (format === 'jpeg' && raster.channels === 4) {
      throw new KoutuError('INVALID_OPTIONS', {
        detail: "expected an opaque background with format 'jpeg', which has no transparency",
      })
    }
    return format === 'png' ? writePng(raster, await kernels(), signal) : byCanvas(raster, format, lossyQuality)
  }
  return {
    id: 'browser',
    decode: decodeBytes,
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

/** Formats that browsers write. Errors: CODEC_MISSING. */
export function checkFormat(format: EncodeRequest['format']): void {
  if (format === 'png' || format === 'webp' || format === 'jpeg') return
  throw new KoutuError('CODEC_MISSING', {
    detail: `expected png, webp or jpeg in the browser but received '${format}'`,
  })
}

async function byCanvas(raster: Raster, format: string, quality: number): Promise<Blob> {
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
