// Writes PNG: rows filtered by the kernels, compressed by the browser. W3C PNG (third edition), sections 5, 9 and 11.
// A canvas would premultiply, which loses the colors of soft edges, and it knows no gray.

import { throwIfAborted } from '@koutu/core/errors'
import { crc32 } from '@koutu/core/formats'
import { createRowFilter, type LoadedKernels, type RowFilter } from '@koutu/core/kernels'
import type { Raster } from '@koutu/core/pixels'
import { latin1 } from './bytes.ts'
import { loadStrips, type StoredRaster } from './stored-raster.ts'

export const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
const COLOR_TYPES: Readonly<Record<Raster['channels'], number>> = { 1: 0, 3: 2, 4: 6 }
const STRIP_BYTES = 2 ** 18

/** `extras` are chunks that lie before the pixels. Errors: ABORTED. */
export async function writePng(
  raster: StoredRaster,
  kernels: LoadedKernels,
  extras: readonly Uint8Array<ArrayBuffer>[] = [],
  signal?: AbortSignal,
): Promise<Blob> {
  const pixelBytes = raster.channels * raster.bytesPerSample
  const rowBytes = raster.width * pixelBytes
  const mostRows = Math.min(raster.height, Math.max(1, Math.floor(STRIP_BYTES / (rowBytes + 1))))
  const filter = createRowFilter(kernels.pool, { rowBytes, pixelBytes, mostRows, choosesFilters: true })
  // It ends with the checksum of all that went in, as PNG wants it.
  const compressor = new CompressionStream('deflate')
  const name = latin1('IDAT')
  let sum = crc32(name)
  const summing = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(piece, controller) {
      sum = crc32(piece, sum)
      controller.enqueue(piece)
    },
  })
  const reading = new Response(compressor.readable.pipeThrough(summing)).blob()
  const [data] = await Promise.all([reading, writeStrips(raster, filter, mostRows, compressor.writable, signal)])
  const before = [SIGNATURE, ...chunk('IHDR', header(raster)), ...extras]
  const pixelChunk = [uint32(data.size), name, data, uint32(sum)]
  return new Blob([...before, ...pixelChunk, ...chunk('IEND', new Uint8Array())], { type: 'image/png' })
}

async function writeStrips(
  raster: StoredRaster,
  filter: RowFilter,
  mostRows: number,
  target: WritableStream<Uint8Array<ArrayBuffer>>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const writer = target.getWriter()
  let filtered = new Uint8Array()
  try {
    for await (const { strip } of loadStrips(raster, mostRows)) {
      throwIfAborted(signal)
      const bytes = strip.data.byteLength + strip.height
      if (filtered.length !== bytes) filtered = new Uint8Array(bytes)
      filter.next(strip.data, filtered)
      // Read once this has resolved: the next strip may have its place.
      await writer.write(filtered)
    }
    filter.release()
    await writer.close()
  } catch (error) {
    await writer.abort(error).catch(() => {})
    throw error
  }
}

function header({ width, height, channels, bytesPerSample }: StoredRaster): Uint8Array<ArrayBuffer> {
  // Compression, filtering and interlacing stay 0: deflate, by row, none.
  const body = new DataView(new ArrayBuffer(13))
  body.setUint32(0, width)
  body.setUint32(4, height)
  body.setUint8(8, bytesPerSample * 8)
  body.setUint8(9, COLOR_TYPES[channels])
  return new Uint8Array(body.buffer)
}

/** Length, name, body and checksum. */
export function chunk(type: string, body: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const name = latin1(type)
  return [uint32(body.length), name, body, uint32(crc32(body, crc32(name)))]
}

function uint32(value: number): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(4))
  view.setUint32(0, value)
  return new Uint8Array(view.buffer)
}
