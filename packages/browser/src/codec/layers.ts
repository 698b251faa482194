// Files of several images: ZIP and PSD.

import { FORMAT_FILES, writePsd, writeZip } from '@koutu/core/formats'
import type { Raster } from '@koutu/core/pixels'
import type { EncodeRequest } from '@koutu/core/ports'
import type { ToFile } from './browser-codec.ts'
import { deflate } from './deflate.ts'
import { extrasFor } from './insert-extras.ts'

/** Errors: ABORTED, INVALID_OPTIONS beyond 4 GB. */
export async function writeLayers(
  raster: Raster,
  request: EncodeRequest,
  toFile: ToFile,
  signal?: AbortSignal,
): Promise<Blob> {
  const { format, layers = [] } = request
  const type = FORMAT_FILES[format].mimeType
  if (format === 'psd') {
    return new Blob([await writePsd(raster, layers, extrasFor(raster, request), { deflate, pause, signal })], { type })
  }
  const members = await Promise.all(
    layers.map(async (layer) => {
      const isGray = layer.raster.channels === 1
      const inner = isGray ? 'png' : 'jpeg'
      const metadata = isGray ? { exif: null, xmp: null } : request.metadata
      const file = await toFile(layer.raster, inner, { ...request, metadata }, signal)
      const bytes = new Uint8Array(await file.arrayBuffer())
      return { name: `${layer.name}.${FORMAT_FILES[inner].extension}`, bytes }
    }),
  )
  return new Blob([writeZip(members)], { type })
}

const pause = () => new Promise((resolve) => setTimeout(resolve))
