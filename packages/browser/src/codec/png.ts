// Writes PNG: rows filtered by the kernels, compressed by the browser. W3C PNG (third edition), sections 5, 9 and 11.
// A canvas would premultiply, which loses the colors of soft edges, and it knows no gray.

import { throwIfAborted } from '@koutu/core/errors'
import { crc32 } from '@koutu/core/formats'
import { createRowFilter, type LoadedKernels, type RowFilter } from '@koutu/core/kernels'
import type { Raster } from '@koutu/core/pixels'

export const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
const COLOR_TYPES: Readonly<Record<Raster['channels'], number>> = { 1: 0, 3: 2, 4: 6 }
const STRIP_BYTES = 2 ** 18

/** `extras` are chunks that lie before the pixels. Errors: ABORTED. */
export async function writePng(
  raster: Raster,
  kernels: LoadedKernels,
  extras: readonly Uint8Array<ArrayBuffer>[] = [],
  signal?: AbortSignal,
): Promise<Blob> {
  const pixelBytes = raster.channels * raster.data.BYTES_PER_ELEMENT
  const rowBytes = raster.width * pixelBytes
  const mostRows = Math.min(raster.height, Math.max(1, Math.floor(STRIP_BYTES / (rowBytes + 1))))
  const filter = createRowFilter(kernels.pool, { rowBytes, pixelBytes, mostRows, choosesFilters: true })
  // It ends with the checksum of all that went in, as PNG wants it.
  const pixels = strips(raster, filter, mostRows, signal).pipeThrough(new CompressionStream('deflate'))
  const data = new Uint8Array(await new Response(pixels).arrayBuffer())
  return new Blob(
    [
      SIGNATURE,
      ...chunk('IHDR', header(raster)),
      ...extras,
      ...chunk('IDAT', data),
      ...chunk('IEND', new Uint8Array()),
    ],
    {
      type: 'image/png',
    },
  )
}

function strips(
  { width, height, channels, data }: Raster,
  filter: RowFilter,
  mostRows: number,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const samples = width * channels
  const rowBytes = samples * data.BYTES_PER_ELEMENT
  let top = 0
  return new ReadableStream(
    {
      pull(controller) {
        throwIfAborted(signal)
        const bottom = Math.min(height, top + mostRows)
        const into = new Uint8Array((rowBytes + 1) * (bottom - top))
        filter.next(data.subarray(top * samples, bottom * samples), into)
        controller.enqueue(into)
        top = bottom
        if (top < height) return
        filter.release()
        controller.close()
      },
    },
    { highWaterMark: 0 },
  )
}

function header({ width, height, channels, data }: Raster): Uint8Array<ArrayBuffer> {
  // Compression, filtering and interlacing stay 0: deflate, by row, none.
  const body = new DataView(new ArrayBuffer(13))
  body.setUint32(0, width)
  body.setUint32(4, height)
  body.setUint8(8, data.BYTES_PER_ELEMENT * 8)
  body.setUint8(9, COLOR_TYPES[channels])
  return new Uint8Array(body.buffer)
}

/** Length, name, body and checksum. */
export function chunk(type: string, body: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const name = Uint8Array.from(type, (letter) => letter.charCodeAt(0))
  return [uint32(body.length), name, body, uint32(crc32(body, crc32(name)))]
}

function uint32(value: number): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(4))
  view.setUint32(0, value)
  return new Uint8Array(view.buffer)
}
