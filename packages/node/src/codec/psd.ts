// Layers to a Photoshop document. Adobe Photoshop File Formats Specification (2019), "Photoshop File Format". All numbers are
// big-endian. Compressed as Photoshop does it: 8 bits by PackBits, 16 bits by ZIP with prediction, in an `Lr16` block of their own,
// and as they are in the merged image.

import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { deflate } from 'node:zlib'
import { KoutuError, type Layer, type Raster, throwIfAborted } from '@koutu/core'

export interface PsdExtras {
  readonly icc: Uint8Array | null
  /** Without the `Exif\0\0` prefix. */
  readonly exif: Uint8Array | null
  readonly xmp: Uint8Array | null
  /** Pixels per inch. */
  readonly densityPpi?: number | undefined
}

const RGB_MODE = 3
const RESOLUTION_RESOURCE = 1005
const ICC_RESOURCE = 1039
const EXIF_RESOURCE = 1058
const XMP_RESOURCE = 1060
const RAW = 0
const PACKBITS = 1
const ZIP_WITH_PREDICTION = 3
const deflated = promisify(deflate)
const HIDDEN = 2
/** Says that the bit for "pixel data irrelevant" is meant. */
const PHOTOSHOP_5 = 8
/** Samples packed between two turns of the event loop. */
const SLICE = 2 ** 17
const LARGEST = 2 ** 32 - 1

/** `merged` is what readers without layers show. `layers` run from the bottom up; all have the size and depth of `merged`. */
export async function writePsd(
  merged: Raster,
  layers: readonly Layer[],
  extras: PsdExtras,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const deep = merged.data instanceof Uint16Array
  const records: Uint8Array[] = []
  const pixels: Uint8Array[] = []
  for (const layer of layers) {
    const channels = await packLayer(layer.raster, signal)
    records.push(layerRecord(layer, channels))
    pixels.push(...channels.map(({ data }) => data))
  }
  // A negative number of layers says that the first channel after the colors is the image's transparency.
  const count = Buffer.alloc(2)
  count.writeInt16BE(merged.channels === 4 ? -layers.length : layers.length)
  const layerInfo = padded([count, ...records, ...pixels], 4)
  const additional = deep ? [Buffer.from('8BIMLr16'), u32(lengthOf(layerInfo)), ...layerInfo] : []
  const layerSection = [
    ...(deep ? [u32(0)] : [u32(lengthOf(layerInfo)), ...layerInfo]),
    // No global layer mask.
    u32(0),
    ...additional,
  ]
  const resources = [
    ...resource(RESOLUTION_RESOURCE, extras.densityPpi ? resolutionInfo(extras.densityPpi) : null),
    ...resource(ICC_RESOURCE, extras.icc),
    ...resource(EXIF_RESOURCE, extras.exif),
    ...resource(XMP_RESOURCE, extras.xmp),
  ]
  const size = lengthOf(layerSection)
  if (size > LARGEST) {
    throw new KoutuError('INVALID_OPTIONS', { detail: `expected layers of at most ${LARGEST} bytes with format 'psd'` })
  }
  return Buffer.concat([
    header(merged, deep),
    u32(0),
    u32(lengthOf(resources)),
    ...resources,
    u32(size),
    ...layerSection,
    ...(await mergedPixels(merged, signal)),
  ])
}

function header({ width, height, channels }: Raster, deep: boolean): Buffer {
  const out = Buffer.alloc(26)
  out.write('8BPS', 'latin1')
  out.writeUInt16BE(1, 4)
  out.writeUInt16BE(channels, 12)
  out.writeUInt32BE(height, 14)
  out.writeUInt32BE(width, 18)
  out.writeUInt16BE(deep ? 16 : 8, 22)
  out.writeUInt16BE(RGB_MODE, 24)
  return out
}

/** ResolutionInfo: fixed point 16.16, in pixels per inch, shown in inches; across, then down. */
function resolutionInfo(densityPpi: number): Uint8Array {
  const out = Buffer.alloc(16)
  for (const at of [0, 8]) {
    out.writeUInt32BE(densityPpi * 2 ** 16, at)
    out.writeUInt16BE(1, at + 4)
    out.writeUInt16BE(1, at + 6)
  }
  return out
}

function resource(id: number, bytes: Uint8Array | null): Uint8Array[] {
  if (!bytes) return []
  const head = Buffer.alloc(12)
  head.write('8BIM', 'latin1')
  head.writeUInt16BE(id, 4)
  // An empty name is two bytes long.
  head.writeUInt32BE(bytes.length, 8)
  return padded([head, bytes], 2)
}

interface PackedChannel {
  /** 0 to 2 = red to blue, -1 = transparency. */
  readonly id: number
  /** Compression, lengths of the rows, rows. */
  readonly data: Uint8Array
}

/** A gray raster fills all three colors. */
async function packLayer(raster: Raster, signal: AbortSignal | undefined): Promise<PackedChannel[]> {
  const packed: PackedChannel[] = []
  const add = async (id: number, channel: number) => {
    packed.push({ id, data: Buffer.concat(await packLayerChannel(raster, channel, signal)) })
  }
  if (raster.channels === 4) await add(-1, 3)
  await add(0, 0)
  if (raster.channels === 1) packed.push({ ...packed[0]!, id: 1 }, { ...packed[0]!, id: 2 })
  else {
    await add(1, 1)
    await add(2, 2)
  }
  return packed
}

function layerRecord({ name, visible, raster }: Layer, channels: readonly PackedChannel[]): Buffer {
  const bounds = Buffer.alloc(18)
  bounds.writeInt32BE(raster.height, 8)
  bounds.writeInt32BE(raster.width, 12)
  bounds.writeUInt16BE(channels.length, 16)
  const list = channels.map(({ id, data }) => {
    const entry = Buffer.alloc(6)
    entry.writeInt16BE(id)
    entry.writeUInt32BE(data.length, 2)
    return entry
  })
  const blend = Buffer.from('8BIMnorm\xff\0\0\0', 'latin1')
  blend[10] = (visible ? 0 : HIDDEN) | PHOTOSHOP_5
  const title = padded([Buffer.from([name.length]), Buffer.from(name, 'latin1')], 4)
  // No layer mask, no blending ranges.
  const extra = [u32(0), u32(0), ...title]
  return Buffer.concat([bounds, ...list, blend, u32(lengthOf(extra)), ...extra])
}

async function packLayerChannel(
  raster: Raster,
  channel: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array[]> {
  if (raster.data instanceof Uint16Array) {
    const differences = await bytesOf(raster, channel, 'differences', signal)
    return [u16(ZIP_WITH_PREDICTION), await deflated(differences)]
  }
  const { lengths, rows } = await packRows(await bytesOf(raster, channel, 'plain', signal), raster.width, signal)
  return [u16(PACKBITS), lengths, rows]
}

/** One compression for all channels; with PackBits first the lengths of all rows, then all rows. */
async function mergedPixels(raster: Raster, signal: AbortSignal | undefined): Promise<Uint8Array[]> {
  const deep = raster.data instanceof Uint16Array
  const lengths: Uint8Array[] = []
  const rows: Uint8Array[] = []
  for (let channel = 0; channel < raster.channels; channel++) {
    const bytes = await bytesOf(raster, channel, 'on-white', signal)
    if (deep) {
      rows.push(bytes)
      continue
    }
    const packed = await packRows(bytes, raster.width, signal)
    lengths.push(packed.lengths)
    rows.push(packed.rows)
  }
  return [u16(deep ? RAW : PACKBITS), ...lengths, ...rows]
}

/**
 * One channel, row by row, samples big-endian: plain, as differences to the sample before in the row, or with the colors laid
 * on white as far as they are transparent, which is how readers expect the merged image.
 */
async function bytesOf(
  { width, height, channels, data }: Raster,
  channel: number,
  how: 'plain' | 'differences' | 'on-white',
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const deep = data instanceof Uint16Array
  const max = deep ? 65535 : 255
  const onWhite = how === 'on-white' && channels === 4 && channel < 3
  const out = new Uint8Array(width * height * (deep ? 2 : 1))
  await byRows(width, height, signal, (y) => {
    let before = 0
    for (let x = 0, i = y * width; x < width; x++, i++) {
      let value = data[i * channels + channel]!
      if (onWhite) {
        const share = data[i * channels + 3]! / max
        value = Math.round(value * share + max * (1 - share))
      }
      if (!deep) {
        out[i] = value
        continue
      }
      const written = how === 'differences' ? (value - before) & 65535 : value
      before = value
      out[2 * i] = written >> 8
      out[2 * i + 1] = written & 255
    }
  })
  return out
}

async function packRows(
  bytes: Uint8Array,
  width: number,
  signal: AbortSignal | undefined,
): Promise<{ lengths: Uint8Array; rows: Uint8Array }> {
  const height = bytes.length / width
  const longest = width + Math.ceil(width / 128)
  const lengths = Buffer.alloc(height * 2)
  let rows = new Uint8Array(longest + Math.ceil(bytes.length / 4))
  let end = 0
  await byRows(width, height, signal, (y) => {
    if (rows.length < end + longest) {
      const larger = new Uint8Array(Math.max(rows.length * 2, end + longest))
      larger.set(rows)
      rows = larger
    }
    const after = packBits(bytes.subarray(y * width, (y + 1) * width), rows, end)
    lengths.writeUInt16BE(after - end, y * 2)
    end = after
  })
  return { lengths, rows: rows.subarray(0, end) }
}

/** The thread that runs this stays answerable between two slices. */
async function byRows(
  width: number,
  height: number,
  signal: AbortSignal | undefined,
  work: (y: number) => void,
): Promise<void> {
  const rowsPerSlice = Math.max(1, Math.floor(SLICE / width))
  for (let y = 0; y < height; y++) {
    if (y % rowsPerSlice === 0) {
      if (y > 0) await setImmediate()
      throwIfAborted(signal)
    }
    work(y)
  }
}

/** PackBits of `row` into `out` from `at`; returns where it ends. Runs of three and more are packed, the rest is copied. */
function packBits(row: Uint8Array, out: Uint8Array, at: number): number {
  let write = at
  let read = 0
  while (read < row.length) {
    let run = 1
    while (run < 128 && read + run < row.length && row[read + run] === row[read]) run++
    if (run >= 3) {
      out[write++] = 257 - run
      out[write++] = row[read]!
      read += run
      continue
    }
    const begin = read
    while (read < row.length && read - begin < 128) {
      if (read + 2 < row.length && row[read] === row[read + 1] && row[read] === row[read + 2]) break
      read++
    }
    out[write++] = read - begin - 1
    for (let k = begin; k < read; k++) out[write++] = row[k]!
  }
  return write
}

function u16(value: number): Buffer {
  const out = Buffer.alloc(2)
  out.writeUInt16BE(value)
  return out
}

function u32(value: number): Buffer {
  const out = Buffer.alloc(4)
  out.writeUInt32BE(value)
  return out
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0)
}

function padded(parts: readonly Uint8Array[], multiple: number): Uint8Array[] {
  const rest = lengthOf(parts) % multiple
  return rest === 0 ? [...parts] : [...parts, Buffer.alloc(multiple - rest)]
}
