// Pixels of a result outside of the heap of page and worker, which may end before they are encoded. They are read a part at a time,
// so that encoding holds no second copy of a large image.

import type { Raster } from '@koutu/core/pixels'
import { freeBuffer } from '../free-buffer.ts'

export interface StoredRaster extends Omit<Raster, 'data'> {
  readonly data: Blob
  readonly bytesPerSample: 1 | 2
}

/** Of one part, about. To write a Blob or to read one takes a while to begin. */
const PART_BYTES = 2 ** 22

/** The browser copies the samples: a part at a time, so that few of them are there twice. */
export async function storeRaster({ data, ...raster }: Raster): Promise<StoredRaster> {
  const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)
  const parts: Blob[] = []
  for (let at = 0; at < bytes.length; at += PART_BYTES) {
    const part = new Blob([bytes.subarray(at, at + PART_BYTES)])
    // It can be read once it lies where Blobs lie, which may be another process.
    await part.slice(0, 1).arrayBuffer()
    parts.push(part)
  }
  return { ...raster, bytesPerSample: data.BYTES_PER_ELEMENT === 1 ? 1 : 2, data: new Blob(parts) }
}

/** The rows from `top` to before `bottom`, all of them by default. */
export async function loadRows(
  { data, bytesPerSample, ...raster }: StoredRaster,
  top = 0,
  bottom = raster.height,
): Promise<Raster> {
  const rowBytes = raster.width * raster.channels * bytesPerSample
  const buffer = await data.slice(top * rowBytes, bottom * rowBytes).arrayBuffer()
  return {
    ...raster,
    height: bottom - top,
    data: bytesPerSample === 1 ? new Uint8Array(buffer) : new Uint16Array(buffer),
  }
}

/** All rows, strip by strip from the top: of `stripRows` each, but for the last. A strip can be read until the next is asked for. */
export async function* loadStrips(
  raster: StoredRaster,
  stripRows: number,
): AsyncGenerator<{ readonly top: number; readonly strip: Raster }, void, undefined> {
  const { width, height, channels, bytesPerSample } = raster
  const samples = width * channels
  const partRows = stripRows * Math.max(1, Math.floor(PART_BYTES / (samples * bytesPerSample * stripRows)))
  for (let partTop = 0; partTop < height; partTop += partRows) {
    const part = await loadRows(raster, partTop, Math.min(height, partTop + partRows))
    for (let top = 0; top < part.height; top += stripRows) {
      const bottom = Math.min(part.height, top + stripRows)
      const strip = { ...part, height: bottom - top, data: part.data.subarray(top * samples, bottom * samples) }
      yield { top: partTop + top, strip }
    }
    freeBuffer(part.data.buffer)
  }
}
