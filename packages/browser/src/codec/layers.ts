// Files of several images: ZIP and PSD.

import { FORMAT_FILES, writePsd, writeZip } from '@koutu/core/formats'
import type { StoredRequest } from '../messages.ts'
import type { ToFile } from './browser-codec.ts'
import { deflate } from './deflate.ts'
import { extrasFor } from './insert-extras.ts'
import { loadRows, type StoredRaster } from './stored-raster.ts'

/** Errors: ABORTED, INVALID_OPTIONS beyond 4 GB. */
export async function writeLayers(
  raster: StoredRaster,
  request: StoredRequest,
  toFile: ToFile,
  signal?: AbortSignal,
): Promise<Blob> {
  const { format, layers } = request
  const type = FORMAT_FILES[format].mimeType
  if (format === 'psd') {
    const merged = await loadRows(raster)
    const loaded = await Promise.all(layers.map(async (layer) => ({ ...layer, raster: await loadRows(layer.raster) })))
    return new Blob([await writePsd(merged, loaded, extrasFor(merged, request), { deflate, pause, signal })], { type })
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
