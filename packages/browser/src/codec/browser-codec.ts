// The Codec port on what browsers have. It holds no state but the kernels.

import { KoutuError, throwIfAborted } from '@koutu/core/errors'
import { FORMAT_FILES } from '@koutu/core/formats'
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

/** Loaded when the first file of several images is written. */
export type LayerWriters = typeof import('./layers.ts')

export function createBrowserCodec(
  kernels: () => Promise<LoadedKernels>,
  writers: () => Promise<LayerWriters>,
): BrowserCodec {
  /** One image. */
  const toFile = async (raster: Raster, format: ImageFormat, quality: number, signal?: AbortSignal): Promise<Blob> => {
    if (format === 'jpeg' && raster.channels === 4) {
      throw new KoutuError('INVALID_OPTIONS', {
        detail: "expected an opaque background with format 'jpeg', which has no transparency",
      })
    }
    return format === 'png' ? writePng(raster, await kernels(), signal) : byCanvas(raster, format, quality)
  }
  const toZip = async ({ layers = [], lossyQuality }: EncodeRequest, signal?: AbortSignal): Promise<Blob> => {
    const members = await Promise.all(
      layers.map(async ({ name, raster }) => {
        const format = raster.channels === 1 ? 'png' : 'jpeg'
        const file = await toFile(raster, format, lossyQuality, signal)
        return { name: `${name}.${FORMAT_FILES[format].extension}`, bytes: new Uint8Array(await file.arrayBuffer()) }
      }),
    )
    const { writeZip } = await writers()
    return new Blob([writeZip(members)], { type: FORMAT_FILES.zip.mimeType })
  }
  const encodeBlob: BrowserCodec['encodeBlob'] = async (raster, request, signal) => {
    throwIfAborted(signal)
    const format = checkFormat(request.format)
    if (format === 'zip') return toZip(request, signal)
    if (format !== 'psd') return toFile(raster, format, request.lossyQuality, signal)
    const { writePsd } = await writers()
    const bytes = await writePsd(raster, request.layers ?? [], NO_EXTRAS, { deflate, pause, signal })
    return new Blob([bytes], { type: FORMAT_FILES.psd.mimeType })
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

type ImageFormat = 'png' | 'webp' | 'jpeg'

/** Formats that are written here. Errors: CODEC_MISSING. */
export function checkFormat(format: EncodeRequest['format']): ImageFormat | 'zip' | 'psd' {
  if (format !== 'avif' && format !== 'tiff') return format
  throw new KoutuError('CODEC_MISSING', {
    detail: `expected png, webp, jpeg, zip or psd in the browser but received '${format}'`,
  })
}

/** Browsers decode to sRGB and tell no metadata. */
const NO_EXTRAS = { icc: null, exif: null, xmp: null }

async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

const pause = () => new Promise((resolve) => setTimeout(resolve))

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
