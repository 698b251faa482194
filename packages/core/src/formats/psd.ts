// Layers to a Photoshop document. Adobe Photoshop File Formats Specification (2019), "Photoshop File Format". All numbers are
// big-endian. Compressed as Photoshop does it: 8 bits by PackBits, 16 bits by ZIP with prediction, in an `Lr16` block of their own,
// and as they are in the merged image.

import { KoutuError, throwIfAborted } from '../errors/koutu-error.ts'
import type { Raster } from '../pixels/raster.ts'
import { toSixteenBit } from '../pixels/samples.ts'
import type { Layer } from '../ports/ports.ts'
import { type Bytes, concat, fields, latin1, lengthOf, u16, u32 } from './write-bytes.ts'

/** What the runtime does better. */
export interface PsdTools {
  /** zlib format (RFC 1950). */
  readonly deflate: (bytes: Bytes) => Promise<Uint8Array>
  /** Lets the thread do something else. */
  readonly pause: () => Promise<unknown>
  readonly signal?: AbortSignal | undefined
}

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
const HIDDEN = 2
/** Says that the bit for "pixel data irrelevant" is meant. */
const PHOTOSHOP_5 = 8
/** Samples packed between two turns of the event loop. */
const SLICE = 2 ** 17
const LARGEST = 2 ** 32 - 1

/**
 * `merged` is what readers without layers show. `layers` run from the bottom up; all have its size, and are
 * widened to its depth: an 8-bit background may lie behind a 16-bit image.
 */
export async function writePsd(
  merged: Raster,
  layers: readonly Layer[],
  extras: PsdExtras,
  tools: PsdTools,
): Promise<Bytes> {
  const deep = merged.data instanceof Uint16Array
  const records: Uint8Array[] = []
  const pixels: Uint8Array[] = []
  for (const layer of layers) {
    const channels = await packLayer(deep ? widened(layer.raster) : layer.raster, tools)
    records.push(layerRecord(layer, channels))
    pixels.push(...channels.map(({ data }) => data))
  }
  // A negative number of layers says that the first channel after the colors is the image's transparency.
  const count = u16(merged.channels === 4 ? -layers.length : layers.length)
  const layerInfo = padded([count, ...records, ...pixels], 4)
  const additional = deep ? [latin1('8BIMLr16'), u32(lengthOf(layerInfo)), ...layerInfo] : []
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
  return concat([
    header(merged, deep),
    u32(0),
    u32(lengthOf(resources)),
    ...resources,
    u32(size),
    ...layerSection,
    ...(await mergedPixels(merged, tools)),
  ])
}

function widened(raster: Raster): Raster {
  return raster.data instanceof Uint16Array ? raster : { ...raster, data: toSixteenBit(raster.data) }
}

function header({ width, height, channels }: Raster, deep: boolean): Bytes {
  const rest = fields(22, (view) => {
    view.setUint16(0, 1)
    view.setUint16(8, channels)
    view.setUint32(10, height)
    view.setUint32(14, width)
    view.setUint16(18, deep ? 16 : 8)
    view.setUint16(20, RGB_MODE)
  })
  return concat([latin1('8BPS'), rest])
}

/** ResolutionInfo: fixed point 16.16, in pixels per inch, shown in inches; across, then down. */
function resolutionInfo(densityPpi: number): Uint8Array {
  return fields(16, (view) => {
    for (const at of [0, 8]) {
      view.setUint32(at, densityPpi * 2 ** 16)
      view.setUint16(at + 4, 1)
      view.setUint16(at + 6, 1)
    }
  })
}

function resource(id: number, bytes: Uint8Array | null): Uint8Array[] {
  if (!bytes) return []
  // An empty name is two bytes long.
  return padded([latin1('8BIM'), u16(id), u16(0), u32(bytes.length), bytes], 2)
}

interface PackedChannel {
  /** 0 to 2 = red to blue, -1 = transparency. */
  readonly id: number
  /** Compression, lengths of the rows, rows. */
  readonly data: Uint8Array
}

/** A gray raster fills all three colors. */
async function packLayer(raster: Raster, tools: PsdTools): Promise<PackedChannel[]> {
  const packed: PackedChannel[] = []
  const add = async (id: number, channel: number) => {
    packed.push({ id, data: concat(await packLayerChannel(raster, channel, tools)) })
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

function layerRecord({ name, visible, raster }: Layer, channels: readonly PackedChannel[]): Bytes {
  // Top and left are 0.
  const bounds = [u32(0), u32(0), u32(raster.height), u32(raster.width), u16(channels.length)]
  const list = channels.flatMap(({ id, data }) => [u16(id), u32(data.length)])
  const blend = latin1('8BIMnorm\xff\0\0\0')
  blend[10] = (visible ? 0 : HIDDEN) | PHOTOSHOP_5
  const title = padded([Uint8Array.of(name.length), latin1(name)], 4)
  // No layer mask, no blending ranges.
  const extra = [u32(0), u32(0), ...title]
  return concat([...bounds, ...list, blend, u32(lengthOf(extra)), ...extra])
}

async function packLayerChannel(raster: Raster, channel: number, tools: PsdTools): Promise<Uint8Array[]> {
  if (raster.data instanceof Uint16Array) {
    const differences = await bytesOf(raster, channel, 'differences', tools)
    return [u16(ZIP_WITH_PREDICTION), await tools.deflate(differences)]
  }
  const { lengths, rows } = await packRows(await bytesOf(raster, channel, 'plain', tools), raster.width, tools)
  return [u16(PACKBITS), lengths, rows]
}

/** One compression for all channels; with PackBits first the lengths of all rows, then all rows. */
async function mergedPixels(raster: Raster, tools: PsdTools): Promise<Uint8Array[]> {
  const deep = raster.data instanceof Uint16Array
  const lengths: Uint8Array[] = []
  const rows: Uint8Array[] = []
  for (let channel = 0; channel < raster.channels; channel++) {
    const bytes = await bytesOf(raster, channel, 'on-white', tools)
    if (deep) {
      rows.push(bytes)
      continue
    }
    const packed = await packRows(bytes, raster.width, tools)
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
  tools: PsdTools,
): Promise<Bytes> {
  const deep = data instanceof Uint16Array
  const max = deep ? 65535 : 255
  const onWhite = how === 'on-white' && channels === 4 && channel < 3
  const out = new Uint8Array(width * height * (deep ? 2 : 1))
  await byRows(width, height, tools, (y) => {
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
  tools: PsdTools,
): Promise<{ lengths: Uint8Array; rows: Uint8Array }> {
  const height = bytes.length / width
  const longest = width + Math.ceil(width / 128)
  const lengths = new DataView(new ArrayBuffer(height * 2))
  let rows = new Uint8Array(longest + Math.ceil(bytes.length / 4))
  let end = 0
  await byRows(width, height, tools, (y) => {
    if (rows.length < end + longest) {
      const larger = new Uint8Array(Math.max(rows.length * 2, end + longest))
      larger.set(rows)
      rows = larger
    }
    const after = packBits(bytes.subarray(y * width, (y + 1) * width), rows, end)
    lengths.setUint16(y * 2, after - end)
    end = after
  })
  return { lengths: new Uint8Array(lengths.buffer), rows: rows.subarray(0, end) }
}

/** The thread that runs this stays answerable between two slices. */
async function byRows(width: number, height: number, tools: PsdTools, work: (y: number) => void): Promise<void> {
  const rowsPerSlice = Math.max(1, Math.floor(SLICE / width))
  for (let y = 0; y < height; y++) {
    if (y % rowsPerSlice === 0) {
      if (y > 0) await tools.pause()
      throwIfAborted(tools.signal)
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

function padded(parts: readonly Uint8Array[], multiple: number): Uint8Array[] {
  const rest = lengthOf(parts) % multiple
  return rest === 0 ? [...parts] : [...parts, new Uint8Array(multiple - rest)]
}
