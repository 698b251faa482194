// Writes TIFF as libvips does for the library in Node: strips, deflate, horizontal differences. TIFF 6.0; Adobe Photoshop TIFF Technical
// Notes (deflate); ICC.1:2022 annex B.4.

import { throwIfAborted } from '@koutu/core/errors'
import type { Raster } from '@koutu/core/pixels'
import { deflate } from './deflate.ts'
import { loadStrips, type StoredRaster } from './stored-raster.ts'

/** Of one strip, before it is compressed. */
const STRIP_BYTES = 2 ** 20
const [SHORT, LONG, RATIONAL, UNDEFINED] = [3, 4, 5, 7]
const TYPE_BYTES: Readonly<Record<number, number>> = { [SHORT]: 2, [LONG]: 4, [RATIONAL]: 8, [UNDEFINED]: 1 }
const HEADER_BYTES = 8

interface Entry {
  readonly tag: number
  readonly type: number
  readonly values: ArrayLike<number>
}

/** Errors: ABORTED. */
export async function writeTiff(raster: StoredRaster, icc: Uint8Array | null, signal?: AbortSignal): Promise<Blob> {
  const { width, height, channels, bytesPerSample } = raster
  const rowsPerStrip = Math.max(1, Math.floor(STRIP_BYTES / (width * channels * bytesPerSample)))
  const strips: Uint8Array<ArrayBuffer>[] = []
  for await (const { strip } of loadStrips(raster, rowsPerStrip)) {
    throwIfAborted(signal)
    strips.push(await deflate(differences(strip)))
  }
  const offsets: number[] = []
  let at = HEADER_BYTES
  for (const { length } of strips) {
    offsets.push(at)
    at += length
  }
  const entries: Entry[] = [
    { tag: 256, type: LONG, values: [width] },
    { tag: 257, type: LONG, values: [height] },
    { tag: 258, type: SHORT, values: Array(channels).fill(bytesPerSample * 8) },
    // Deflate.
    { tag: 259, type: SHORT, values: [8] },
    // Gray from black, or RGB.
    { tag: 262, type: SHORT, values: [channels === 1 ? 1 : 2] },
    { tag: 273, type: LONG, values: offsets },
    { tag: 277, type: SHORT, values: [channels] },
    { tag: 278, type: LONG, values: [rowsPerStrip] },
    { tag: 279, type: LONG, values: strips.map(({ length }) => length) },
    { tag: 282, type: RATIONAL, values: [1, 1] },
    { tag: 283, type: RATIONAL, values: [1, 1] },
    // Interleaved.
    { tag: 284, type: SHORT, values: [1] },
    // A resolution without a unit says nothing.
    { tag: 296, type: SHORT, values: [1] },
    // Horizontal differences.
    { tag: 317, type: SHORT, values: [2] },
    // Straight alpha.
    ...(channels === 4 ? [{ tag: 338, type: SHORT, values: [2] }] : []),
    ...(icc ? [{ tag: 34675, type: UNDEFINED, values: icc }] : []),
  ]
  // Directories begin at even bytes.
  const pad = at & 1
  const parts = [header(at + pad), ...strips, new Uint8Array(pad), directory(entries, at + pad)]
  return new Blob(parts, { type: 'image/tiff' })
}

/** Each sample less the one to its left, in little-endian bytes. */
function differences({ width, channels, data }: Raster): Uint8Array<ArrayBuffer> {
  const line = width * channels
  const out = data.slice()
  for (let row = 0; row < out.length; row += line) {
    for (let i = row + line - 1; i >= row + channels; i--) out[i] = out[i]! - out[i - channels]!
  }
  return new Uint8Array(out.buffer as ArrayBuffer)
}

function header(directoryAt: number): Uint8Array<ArrayBuffer> {
  const out = new DataView(new ArrayBuffer(HEADER_BYTES))
  out.setUint16(0, 0x4949)
  out.setUint16(2, 42, true)
  out.setUint32(4, directoryAt, true)
  return new Uint8Array(out.buffer)
}

/** Entries by rising tags; values of more than four bytes lie behind them. */
function directory(entries: readonly Entry[], at: number): Uint8Array<ArrayBuffer> {
  const sizeOf = ({ type, values }: Entry) =>
    (type === RATIONAL ? values.length / 2 : values.length) * TYPE_BYTES[type]!
  const behind = 2 + entries.length * 12 + 4
  const extra = entries.reduce((sum, entry) => sum + (sizeOf(entry) > 4 ? sizeOf(entry) + (sizeOf(entry) & 1) : 0), 0)
  const out = new DataView(new ArrayBuffer(behind + extra))
  out.setUint16(0, entries.length, true)
  let free = behind
  entries.forEach((entry, i) => {
    const { tag, type, values } = entry
    const size = sizeOf(entry)
    const place = 2 + i * 12
    out.setUint16(place, tag, true)
    out.setUint16(place + 2, type, true)
    out.setUint32(place + 4, size / TYPE_BYTES[type]!, true)
    if (size > 4) out.setUint32(place + 8, at + free, true)
    writeValues(out, size > 4 ? free : place + 8, type, values)
    if (size > 4) free += size + (size & 1)
  })
  return new Uint8Array(out.buffer)
}

function writeValues(out: DataView, at: number, type: number, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    if (type === UNDEFINED) out.setUint8(at + i, values[i]!)
    else if (type === SHORT) out.setUint16(at + 2 * i, values[i]!, true)
    else out.setUint32(at + 4 * i, values[i]!, true)
  }
}
