// As core's pixels/resize.ts (linear), pixels/box-filter.ts and pixels/sample-raster.ts.

import {
  allocate,
  byte,
  double,
  doubles,
  float,
  floats,
  int,
  setDouble,
  setFloat,
  setInt,
  setWord,
  word,
} from './memory'

class Taps {
  first: usize
  count: usize
  weights: usize
  stride: i32
}

function makeTaps(from: i32, to: i32): Taps {
  const scale: f64 = <f64>from / <f64>to
  const stretch = Math.max(1, scale)
  const stride = <i32>Math.ceil(stretch) * 2 + 1
  const taps = new Taps()
  taps.first = floats(to)
  taps.count = floats(to)
  taps.weights = floats(to * stride)
  taps.stride = stride
  for (let i = 0; i < to; i++) {
    const center = (<f64>i + 0.5) * scale
    const begin = max(0, <i32>Math.ceil(center - stretch - 0.5))
    const end = min(from - 1, <i32>Math.floor(center + stretch - 0.5))
    let sum: f64 = 0
    for (let j = begin; j <= end; j++) {
      const weight = Math.max(0, 1 - Math.abs((<f64>j + 0.5 - center) / stretch))
      setFloat(taps.weights, i * stride + j - begin, <f32>weight)
      sum += weight
    }
    for (let j = i * stride; j <= i * stride + end - begin; j++) {
      setFloat(taps.weights, j, <f32>(<f64>float(taps.weights, j) / sum))
    }
    setInt(taps.first, i, begin)
    setInt(taps.count, i, end - begin + 1)
  }
  return taps
}

/** `source` itself when it has that size already. */
export function resizeLinear(source: usize, fromWidth: i32, fromHeight: i32, width: i32, height: i32): usize {
  if (fromWidth === width && fromHeight === height) return source
  if (fromWidth * height < width * fromHeight) {
    const rows = resizeRows(source, fromWidth, fromHeight, height)
    return resizeColumns(rows, fromWidth, height, width)
  }
  const columns = resizeColumns(source, fromWidth, fromHeight, width)
  return resizeRows(columns, width, fromHeight, height)
}

function resizeColumns(source: usize, fromWidth: i32, height: i32, width: i32): usize {
  if (fromWidth === width) return source
  const taps = makeTaps(fromWidth, width)
  const out = floats(width * height)
  for (let y = 0; y < height; y++) resizeRow(source, y * fromWidth, taps, out, y * width, width)
  return out
}

function resizeRow(source: usize, from: i32, taps: Taps, out: usize, to: i32, width: i32): void {
  for (let x = 0; x < width; x++) {
    let weight = taps.weights + ((<usize>(x * taps.stride)) << 2)
    let at = source + ((<usize>(from + int(taps.first, x))) << 2)
    const end = weight + ((<usize>int(taps.count, x)) << 2)
    let sum: f64 = 0
    for (; weight < end; weight += 4, at += 4) sum += <f64>load<f32>(weight) * <f64>load<f32>(at)
    setFloat(out, to + x, <f32>sum)
  }
}

function resizeRows(source: usize, width: i32, fromHeight: i32, height: i32): usize {
  if (fromHeight === height) return source
  const taps = makeTaps(fromHeight, height)
  const out = floats(width * height)
  for (let y = 0; y < height; y++) {
    const count = int(taps.count, y)
    for (let k = 0; k < count; k++) {
      addRow(source, (int(taps.first, y) + k) * width, float(taps.weights, y * taps.stride + k), out, y * width, width)
    }
  }
  return out
}

function addRow(source: usize, from: i32, weight: f32, out: usize, to: i32, width: i32): void {
  let at = source + ((<usize>from) << 2)
  let target = out + ((<usize>to) << 2)
  const end = target + ((<usize>width) << 2)
  for (; target < end; target += 4, at += 4) {
    store<f32>(target, <f32>(<f64>load<f32>(target) + <f64>weight * <f64>load<f32>(at)))
  }
}

export function boxFilter(source: usize, width: i32, height: i32, radius: i32): usize {
  const target = floats(width * height)
  const rows = floats(width * height)
  const sums = doubles(width)
  const rx = min(radius, width - 1)
  const ry = min(radius, height - 1)
  for (let y = 0; y < height; y++) meanOfRow(source, rows, y * width, width, rx)
  for (let y = 0; y < ry; y++) addToSums(sums, rows, y * width, width, 1)
  for (let y = 0; y < height; y++) {
    const entering = y + ry
    const leaving = y - ry - 1
    if (entering < height) addToSums(sums, rows, entering * width, width, 1)
    if (leaving >= 0) addToSums(sums, rows, leaving * width, width, -1)
    const scale: f64 = 1 / <f64>(min(height - 1, entering) - max(0, leaving + 1) + 1)
    for (let x = 0; x < width; x++) setFloat(target, y * width + x, <f32>(double(sums, x) * scale))
  }
  return target
}

function addToSums(sums: usize, rows: usize, from: i32, width: i32, sign: f64): void {
  for (let x = 0; x < width; x++) setDouble(sums, x, double(sums, x) + sign * <f64>float(rows, from + x))
}

function meanOfRow(source: usize, target: usize, from: i32, width: i32, radius: i32): void {
  let sum: f64 = 0
  for (let x = 0; x < radius; x++) sum += <f64>float(source, from + x)
  const inner = width - radius
  let x = 0
  for (; x < min(radius + 1, inner); x++) {
    sum += <f64>float(source, from + x + radius)
    setFloat(target, from + x, <f32>(sum / <f64>(x + radius + 1)))
  }
  const scale: f64 = 1 / <f64>(2 * radius + 1)
  for (; x < inner; x++) {
    sum += <f64>float(source, from + x + radius) - <f64>float(source, from + x - radius - 1)
    setFloat(target, from + x, <f32>(sum * scale))
  }
  for (; x < width; x++) {
    const leaving = x - radius - 1
    if (leaving >= 0) sum -= <f64>float(source, from + leaving)
    setFloat(target, from + x, <f32>(sum / <f64>(width - max(0, leaving + 1))))
  }
}

const READS: i32 = 2

class Spread {
  reads: i32
  at: usize
}

/** Source indices that each of `cells` reads along an axis of `size` pixels. */
function spread(size: i32, cells: i32): Spread {
  const result = new Spread()
  result.reads = max(1, min(READS, (size + cells - 1) / cells))
  const total = cells * result.reads
  result.at = floats(total)
  for (let k = 0; k < total; k++) {
    const place =
      k * 2 < total
        ? <i32>Math.floor(((<f64>k + 0.5) * <f64>size) / <f64>total)
        : size - 1 - <i32>Math.floor(((<f64>(total - k) - 0.5) * <f64>size) / <f64>total)
    setInt(result.at, k, place)
  }
  return result
}

/** 16-bit RGB of `width` x `height` cells, made of some rows of an RGB picture of 8 or 16 bits. */
export class Sampler {
  constructor(
    public is16: bool,
    fromWidth: i32,
    fromHeight: i32,
    public width: i32,
    height: i32,
  ) {
    this.columns = spread(fromWidth, width)
    this.rows = spread(fromHeight, height)
    this.cells = allocate(width * height * 6)
    this.scale = 65535 / ((is16 ? 65535 : 255) * <f64>(this.columns.reads * this.rows.reads))
  }
  columns: Spread
  rows: Spread
  cells: usize
  scale: f64
}

/** Samples a picture that is all there. */
export function sampleRaster(source: usize, fromWidth: i32, fromHeight: i32, width: i32, height: i32): usize {
  const sampler = new Sampler(true, fromWidth, fromHeight, width, height)
  for (let y = 0; y < height; y++) {
    const first = source + <usize>(int(sampler.rows.at, y * sampler.rows.reads) * fromWidth * 6)
    const last = source + <usize>(int(sampler.rows.at, (y + 1) * sampler.rows.reads - 1) * fromWidth * 6)
    sampleRow(sampler, y, first, last)
  }
  return sampler.cells
}

/** Row `y` of the cells from the one or two rows that it reads. */
export function sampleRow(sampler: Sampler, y: i32, first: usize, last: usize): void {
  const columns = sampler.columns
  const is16 = sampler.is16
  const reads = sampler.rows.reads
  for (let x = 0; x < sampler.width; x++) {
    let red = 0
    let green = 0
    let blue = 0
    for (let v = 0; v < reads; v++) {
      const line = v === 0 ? first : last
      for (let u = 0; u < columns.reads; u++) {
        const from = int(columns.at, x * columns.reads + u) * 3
        red += is16 ? word(line, from) : byte(line, from)
        green += is16 ? word(line, from + 1) : byte(line, from + 1)
        blue += is16 ? word(line, from + 2) : byte(line, from + 2)
      }
    }
    const i = (y * sampler.width + x) * 3
    setWord(sampler.cells, i, <i32>(<f64>red * sampler.scale + 0.5))
    setWord(sampler.cells, i + 1, <i32>(<f64>green * sampler.scale + 0.5))
    setWord(sampler.cells, i + 2, <i32>(<f64>blue * sampler.scale + 0.5))
  }
}
