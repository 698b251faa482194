// The pixels of a PNG as one zlib stream (RFC 1950), in strips of rows that Node's thread pool compresses side by side: each ends
// on a whole byte, so that they are one stream when they lie in a row. What comes out does not depend on the number of threads.

import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { constants, deflateRaw } from 'node:zlib'
import { type Raster, throwIfAborted } from '@koutu/core'
import { createRowFilter } from '@koutu/core/kernels'
import { loadKernels } from '../kernels/load.ts'

/** `stored` is for a file that is read again at once. */
export type PngCompression = 'deflate' | 'stored'

/**
 * Of 23 cutouts of up to 1.8 megapixels: level 2 0.23 s and 7.97 MB, 3 0.29 s and 7.86 MB, 4 0.26 s and 7.62 MB. Strips of 1 MB
 * would save 0.3 % and leave the second core idle; the end of the strip before as a dictionary would save 0.4 % and take 10 % more
 * time.
 */
const SMALL = { level: 4, stripBytes: 2 ** 18, inFlight: 8 } as const
/** Of one of 5.2 megapixels: level 2 0.11 s and 5.50 MB, 4 0.16 s and 5.35 MB. Fewer strips are less work around them. */
const LARGE = { level: 2, stripBytes: 2 ** 20, inFlight: 4 } as const
const LARGE_PX = 2e6
const LARGEST_STORED = 65535
/** Deflate with a window of 32 KB; how hard it was tried is told as "fastest", which readers do not look at. */
const ZLIB_HEADER = Uint8Array.of(0x78, 0x01)

const compress = promisify<Uint8Array, object, Buffer>(deflateRaw)

/** What the IDAT chunks hold, in parts that make up one chunk each. Errors: ABORTED between two strips. */
export async function* compressPixels(
  { width, height, channels, data }: Raster,
  compression: PngCompression,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly Uint8Array[], void, undefined> {
  const samples = width * channels
  const rowBytes = samples * data.BYTES_PER_ELEMENT
  const { level, stripBytes, inFlight } = width * height > LARGE_PX ? LARGE : SMALL
  const rows = Math.min(height, Math.max(1, Math.floor(stripBytes / (rowBytes + 1))))
  const strips = Math.ceil(height / rows)
  const filter = createRowFilter((await loadKernels()).pool, {
    rowBytes,
    pixelBytes: channels * data.BYTES_PER_ELEMENT,
    mostRows: rows,
    choosesFilters: compression === 'deflate',
  })
  const buffers = Array.from({ length: Math.min(strips, inFlight) }, () => new Uint8Array((rowBytes + 1) * rows))
  const running: Promise<Uint8Array>[] = []
  const finished = async (strip: number): Promise<readonly Uint8Array[]> => {
    const parts = [await running[strip % inFlight]!]
    if (strip === 0) parts.unshift(ZLIB_HEADER)
    if (strip === strips - 1) parts.push(bigEndian(filter.adler32()))
    return parts
  }
  for (let strip = 0; strip < strips; strip++) {
    const slot = strip % inFlight
    if (strip >= inFlight) yield await finished(strip - inFlight)
    // The thread stays answerable between two strips.
    await setImmediate()
    throwIfAborted(signal)
    const given = data.subarray(strip * rows * samples, Math.min(height, (strip + 1) * rows) * samples)
    const filtered = filter.next(given, buffers[slot]!)
    const isLast = strip === strips - 1
    if (isLast) filter.release()
    running[slot] = compression === 'stored' ? storedBlocks(filtered, isLast) : deflated(filtered, level, isLast)
    // It is reported where it is awaited, and dropped after an abort.
    running[slot].catch(() => {})
  }
  for (let strip = Math.max(0, strips - inFlight); strip < strips; strip++) yield await finished(strip)
}

function deflated(bytes: Uint8Array, level: number, isLast: boolean): Promise<Uint8Array> {
  return compress(bytes, {
    level,
    memLevel: 9,
    // Room for all of it, as each further piece would wait for its turn in the pool.
    chunkSize: bytes.length + (bytes.length >> 8) + 64,
    finishFlush: isLast ? constants.Z_FINISH : constants.Z_SYNC_FLUSH,
  })
}

/** What level 0 gives, without its detours: of 5.2 megapixels a PNG in 50 ms, not 75. RFC 1951, 3.2.4. */
async function storedBlocks(bytes: Uint8Array, isLast: boolean): Promise<Uint8Array> {
  const blocks = Math.ceil(bytes.length / LARGEST_STORED)
  const out = Buffer.allocUnsafeSlow(bytes.length + blocks * 5)
  for (let block = 0; block < blocks; block++) {
    const part = bytes.subarray(block * LARGEST_STORED, (block + 1) * LARGEST_STORED)
    const at = block * (LARGEST_STORED + 5)
    out[at] = isLast && block === blocks - 1 ? 1 : 0
    out.writeUInt16LE(part.length, at + 1)
    out.writeUInt16LE(LARGEST_STORED - part.length, at + 3)
    out.set(part, at + 5)
  }
  return out
}

function bigEndian(value: number): Uint8Array {
  const out = Buffer.alloc(4)
  out.writeUInt32BE(value)
  return out
}
