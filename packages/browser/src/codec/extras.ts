// What few images need: a file of its own beside the worker. Here, files of several images are written.

import { FORMAT_FILES, writePsd, writeZip } from '@koutu/core/formats'
import type { Raster } from '@koutu/core/pixels'
import type { EncodeRequest } from '@koutu/core/ports'
import type { ToFile } from './browser-codec.ts'

export { openStraight } from './straight-pixels.ts'

/** Browsers decode to sRGB and tell no metadata. */
const NO_EXTRAS = { icc: null, exif: null, xmp: null }

/** Errors: ABORTED, INVALID_OPTIONS beyond 4 GB. */
export async function writeLayers(
  raster: Raster,
  request: EncodeRequest,
  toFile: ToFile,
  signal?: AbortSignal,
): Promise<Blob> {
  const { format, layers = [] } = request
  const type = FORMAT_FILES[format].mimeType
  if (format === 'psd')
    return new Blob([await writePsd(raster, layers, NO_EXTRAS, { deflate, pause, signal })], { type })
  const members = await Promise.all(
    layers.map(async (layer) => {
      const inner = layer.raster.channels === 1 ? 'png' : 'jpeg'
      const file = await toFile(layer.raster, inner, request.lossyQuality, signal)
      const bytes = new Uint8Array(await file.arrayBuffer())
      return { name: `${layer.name}.${FORMAT_FILES[inner].extension}`, bytes }
    }),
  )
  return new Blob([writeZip(members)], { type })
}

async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

const pause = () => new Promise((resolve) => setTimeout(resolve))
