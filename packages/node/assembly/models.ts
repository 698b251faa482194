// As core's matting/local-linear.ts. Four numbers a pixel fill a vector, or two of doubles.

import { Box, bandTiles } from './band'
import { double, doubles, floats, setDouble, setFloat, word } from './memory'

export class Model {
  constructor(
    public core: Box,
    public outer: Box,
  ) {}
  color: usize
  window: usize
  variance: usize
  columnShare: usize
  rowShare: usize
}

export class Models {
  models: Model[] = []
  radius: i32
  coefficients: usize
  columns: usize
}

const WINDOW: i32 = 9

export function buildModels(band: usize, guide: usize, width: i32, height: i32, radius: i32, epsilon: f64): Models {
  const side = max(48, 8 * radius)
  const tiles = bandTiles(band, width, height, side, 4 * side)
  const widest = min(width, 4 * side + 4 * radius)
  const result = new Models()
  result.radius = radius
  result.coefficients = floats(widest * min(height, side + 4 * radius) * 4)
  result.columns = doubles((widest + 2 * radius + 1) * WINDOW)
  for (let i = 0; i < tiles.length; i++) {
    result.models.push(buildModel(guide, width, height, tiles[i], radius, epsilon, result.columns))
  }
  return result
}

function outerBox(core: Box, halo: i32, width: i32, height: i32): Box {
  const left = max(0, core.left - halo)
  const top = max(0, core.top - halo)
  return new Box(
    left,
    top,
    min(width, core.left + core.width + halo) - left,
    min(height, core.top + core.height + halo) - top,
  )
}

function cutColor(guide: usize, guideWidth: i32, box: Box): usize {
  const out = floats(box.width * box.height * 3)
  const scale: f64 = 1 / 65535.0
  for (let y = 0; y < box.height; y++) {
    const from = ((box.top + y) * guideWidth + box.left) * 3
    const to = y * box.width * 3
    for (let k = 0; k < box.width * 3; k++) setFloat(out, to + k, <f32>(<f64>word(guide, from + k) * scale))
  }
  return out
}

function shares(size: i32, radius: i32): usize {
  const out = doubles(size)
  for (let at = 0; at < size; at++) {
    setDouble(out, at, 1 / <f64>(min(size - 1, at + radius) - max(0, at - radius) + 1))
  }
  return out
}

function clearColumns(columns: usize, count: i32): void {
  memory.fill(columns, 0, (<usize>count) << 3)
}

function buildModel(
  guide: usize,
  guideWidth: i32,
  guideHeight: i32,
  core: Box,
  radius: i32,
  epsilon: f64,
  columns: usize,
): Model {
  const outer = outerBox(core, 2 * radius, guideWidth, guideHeight)
  const width = outer.width
  const height = outer.height
  const model = new Model(core, outer)
  model.color = cutColor(guide, guideWidth, outer)
  model.window = floats(width * height * WINDOW)
  model.variance = floats(width * height)
  model.columnShare = shares(width, radius)
  model.rowShare = shares(height, radius)
  clearColumns(columns, (width + 2 * radius + 1) * WINDOW)
  for (let y = 0; y < min(radius, height); y++) addMoments(model.color, y, width, radius, 1, columns)
  for (let y = 0; y < height; y++) {
    if (y + radius < height) addMoments(model.color, y + radius, width, radius, 1, columns)
    if (y - radius > 0) addMoments(model.color, y - radius - 1, width, radius, -1, columns)
    invertRow(model, columns, y, radius, epsilon)
  }
  return model
}

function add(at: usize, value: f64): void {
  store<f64>(at, load<f64>(at) + value)
}

function addMoments(color: usize, y: i32, width: i32, radius: i32, sign: f64, columns: usize): void {
  let from = color + ((<usize>(y * width * 3)) << 2)
  const end = from + ((<usize>(width * 3)) << 2)
  let to = columns + ((<usize>((radius + 1) * WINDOW)) << 3)
  for (; from < end; from += 12, to += 72) {
    const r = <f64>load<f32>(from)
    const g = <f64>load<f32>(from, 4)
    const b = <f64>load<f32>(from, 8)
    const sr = sign * r
    const sg = sign * g
    add(to, sr)
    add(to + 8, sg)
    add(to + 16, sign * b)
    add(to + 24, sr * r)
    add(to + 32, sr * g)
    add(to + 40, sr * b)
    add(to + 48, sg * g)
    add(to + 56, sg * b)
    add(to + 64, sign * b * b)
  }
}

function invertRow(model: Model, columns: usize, y: i32, radius: i32, epsilon: f64): void {
  const width = model.outer.width
  const rowShare = double(model.rowShare, y)
  const reach = (<usize>((2 * radius + 1) * WINDOW)) << 3
  let s0: f64 = 0
  let s1: f64 = 0
  let s2: f64 = 0
  let s3: f64 = 0
  let s4: f64 = 0
  let s5: f64 = 0
  let s6: f64 = 0
  let s7: f64 = 0
  let s8: f64 = 0
  for (let k = columns + 72; k < columns + reach; k += 72) {
    s0 += load<f64>(k)
    s1 += load<f64>(k, 8)
    s2 += load<f64>(k, 16)
    s3 += load<f64>(k, 24)
    s4 += load<f64>(k, 32)
    s5 += load<f64>(k, 40)
    s6 += load<f64>(k, 48)
    s7 += load<f64>(k, 56)
    s8 += load<f64>(k, 64)
  }
  let out = model.window + ((<usize>(y * width * WINDOW)) << 2)
  let k = columns
  for (let x = 0; x < width; x++, k += 72, out += 36) {
    const next = k + reach
    s0 += load<f64>(next) - load<f64>(k)
    s1 += load<f64>(next, 8) - load<f64>(k, 8)
    s2 += load<f64>(next, 16) - load<f64>(k, 16)
    s3 += load<f64>(next, 24) - load<f64>(k, 24)
    s4 += load<f64>(next, 32) - load<f64>(k, 32)
    s5 += load<f64>(next, 40) - load<f64>(k, 40)
    s6 += load<f64>(next, 48) - load<f64>(k, 48)
    s7 += load<f64>(next, 56) - load<f64>(k, 56)
    s8 += load<f64>(next, 64) - load<f64>(k, 64)
    const share = rowShare * double(model.columnShare, x)
    const r = s0 * share
    const g = s1 * share
    const b = s2 * share
    const a00 = s3 * share - r * r + epsilon
    const a01 = s4 * share - r * g
    const a02 = s5 * share - r * b
    const a11 = s6 * share - g * g + epsilon
    const a12 = s7 * share - g * b
    const a22 = s8 * share - b * b + epsilon
    const c00 = a11 * a22 - a12 * a12
    const c01 = a02 * a12 - a01 * a22
    const c02 = a01 * a12 - a02 * a11
    const scale = 1 / (a00 * c00 + a01 * c01 + a02 * c02)
    store<f32>(out, <f32>r)
    store<f32>(out, <f32>g, 4)
    store<f32>(out, <f32>b, 8)
    store<f32>(out, <f32>(c00 * scale), 12)
    store<f32>(out, <f32>(c01 * scale), 16)
    store<f32>(out, <f32>(c02 * scale), 20)
    store<f32>(out, <f32>((a00 * a22 - a02 * a02) * scale), 24)
    store<f32>(out, <f32>((a01 * a02 - a00 * a12) * scale), 28)
    store<f32>(out, <f32>((a00 * a11 - a01 * a01) * scale), 32)
    setFloat(model.variance, y * width + x, <f32>(a00 + a11 + a22 - 3 * epsilon))
  }
}

/** The guided filter of `plane` inside the model's core. */
export function applyModel(all: Models, model: Model, plane: usize, stride: i32, target: usize): void {
  fitCoefficients(all, model, plane, stride)
  startColumns(all, model)
  const top = model.core.top - model.outer.top
  for (let y = top; y < top + model.core.height; y++) {
    moveColumns(all, model, y)
    filterRow(model, all.columns, y, all.radius, target, stride)
  }
}

/** The window-averaged coefficients of `plane` inside the model's core: four numbers a pixel. */
export function modelCoefficients(all: Models, model: Model, plane: usize, stride: i32, target: usize): void {
  fitCoefficients(all, model, plane, stride)
  startColumns(all, model)
  const top = model.core.top - model.outer.top
  for (let y = top; y < top + model.core.height; y++) {
    moveColumns(all, model, y)
    coefficientRow(model, all.columns, y, all.radius, target, stride)
  }
}

function startColumns(all: Models, model: Model): void {
  const radius = all.radius
  const width = model.outer.width
  const top = model.core.top - model.outer.top
  clearColumns(all.columns, (width + 2 * radius + 1) * 4)
  for (let y = max(0, top - radius); y < min(model.outer.height, top + radius); y++) {
    addCoefficients(all, y, width, 1)
  }
}

function moveColumns(all: Models, model: Model, y: i32): void {
  const radius = all.radius
  const top = model.core.top - model.outer.top
  if (y + radius < model.outer.height) addCoefficients(all, y + radius, model.outer.width, 1)
  if (y > top && y - radius > 0) addCoefficients(all, y - radius - 1, model.outer.width, -1)
}

function fitCoefficients(all: Models, model: Model, plane: usize, stride: i32): void {
  const radius = all.radius
  const height = model.outer.height
  clearColumns(all.columns, (model.outer.width + 2 * radius + 1) * 4)
  for (let y = 0; y < min(radius, height); y++) addProducts(model, plane, stride, y, radius, 1, all.columns)
  for (let y = 0; y < height; y++) {
    if (y + radius < height) addProducts(model, plane, stride, y + radius, radius, 1, all.columns)
    if (y - radius > 0) addProducts(model, plane, stride, y - radius - 1, radius, -1, all.columns)
    fitRow(all, model, y)
  }
}

function addPair(at: usize, value: v128): void {
  v128.store(at, f64x2.add(v128.load(at), value))
}

function addProducts(model: Model, plane: usize, stride: i32, y: i32, radius: i32, sign: f64, columns: usize): void {
  const outer = model.outer
  let from = plane + ((<usize>((outer.top + y) * stride + outer.left)) << 2)
  const end = from + ((<usize>outer.width) << 2)
  let color = model.color + ((<usize>(y * outer.width * 3)) << 2)
  let to = columns + ((<usize>((radius + 1) * 4)) << 3)
  for (; from < end; from += 4, color += 12, to += 32) {
    const p = sign * <f64>load<f32>(from)
    add(to, p)
    add(to + 8, p * <f64>load<f32>(color))
    add(to + 16, p * <f64>load<f32>(color, 4))
    add(to + 24, p * <f64>load<f32>(color, 8))
  }
}

function fitRow(all: Models, model: Model, y: i32): void {
  const radius = all.radius
  const width = model.outer.width
  const columns = all.columns
  const rowShare = double(model.rowShare, y)
  const reach = (<usize>((2 * radius + 1) * 4)) << 3
  let low = f64x2.splat(0)
  let high = f64x2.splat(0)
  for (let k = columns + 32; k < columns + reach; k += 32) {
    low = f64x2.add(low, v128.load(k))
    high = f64x2.add(high, v128.load(k, 16))
  }
  let out = all.coefficients + ((<usize>(y * width * 4)) << 2)
  let w = model.window + ((<usize>(y * width * WINDOW)) << 2)
  let k = columns
  for (let x = 0; x < width; x++, k += 32, out += 16, w += 36) {
    const next = k + reach
    low = f64x2.add(low, f64x2.sub(v128.load(next), v128.load(k)))
    high = f64x2.add(high, f64x2.sub(v128.load(next, 16), v128.load(k, 16)))
    const share = rowShare * double(model.columnShare, x)
    const p = f64x2.extract_lane(low, 0) * share
    const r = <f64>load<f32>(w)
    const g = <f64>load<f32>(w, 4)
    const b = <f64>load<f32>(w, 8)
    const vr = f64x2.extract_lane(low, 1) * share - r * p
    const vg = f64x2.extract_lane(high, 0) * share - g * p
    const vb = f64x2.extract_lane(high, 1) * share - b * p
    const rg = <f64>load<f32>(w, 16)
    const rb = <f64>load<f32>(w, 20)
    const gb = <f64>load<f32>(w, 28)
    const kr = <f64>load<f32>(w, 12) * vr + rg * vg + rb * vb
    const kg = rg * vr + <f64>load<f32>(w, 24) * vg + gb * vb
    const kb = rb * vr + gb * vg + <f64>load<f32>(w, 32) * vb
    store<f32>(out, <f32>kr)
    store<f32>(out, <f32>kg, 4)
    store<f32>(out, <f32>kb, 8)
    store<f32>(out, <f32>(p - kr * r - kg * g - kb * b), 12)
  }
}

function addCoefficients(all: Models, y: i32, width: i32, sign: f64): void {
  let from = all.coefficients + ((<usize>(y * width * 4)) << 2)
  const end = from + ((<usize>(width * 4)) << 2)
  let to = all.columns + ((<usize>((all.radius + 1) * 4)) << 3)
  const signs = f64x2.splat(sign)
  for (; from < end; from += 16, to += 32) {
    const four = v128.load(from)
    addPair(to, f64x2.mul(signs, f64x2.promote_low_f32x4(four)))
    const upper = i8x16.shuffle(four, four, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)
    addPair(to + 16, f64x2.mul(signs, f64x2.promote_low_f32x4(upper)))
  }
}

function filterRow(model: Model, columns: usize, y: i32, radius: i32, target: usize, stride: i32): void {
  const core = model.core
  const outer = model.outer
  const rowShare = double(model.rowShare, y)
  const left = core.left - outer.left
  const reach = (<usize>((2 * radius + 1) * 4)) << 3
  let k = columns + ((<usize>(left * 4)) << 3)
  let low = f64x2.splat(0)
  let high = f64x2.splat(0)
  for (let at = k + 32; at < k + reach; at += 32) {
    low = f64x2.add(low, v128.load(at))
    high = f64x2.add(high, v128.load(at, 16))
  }
  let to = target + ((<usize>((outer.top + y) * stride + core.left)) << 2)
  let color = model.color + ((<usize>((y * outer.width + left) * 3)) << 2)
  for (let x = left; x < left + core.width; x++, k += 32, color += 12, to += 4) {
    const next = k + reach
    // The margin's first column was not summed: it stands for the one that leaves.
    if (x > left) {
      low = f64x2.sub(low, v128.load(k))
      high = f64x2.sub(high, v128.load(k, 16))
    }
    low = f64x2.add(low, v128.load(next))
    high = f64x2.add(high, v128.load(next, 16))
    const share = rowShare * double(model.columnShare, x)
    const value =
      f64x2.extract_lane(low, 0) * <f64>load<f32>(color) +
      f64x2.extract_lane(low, 1) * <f64>load<f32>(color, 4) +
      f64x2.extract_lane(high, 0) * <f64>load<f32>(color, 8) +
      f64x2.extract_lane(high, 1)
    store<f32>(to, <f32>(value * share))
  }
}

function coefficientRow(model: Model, columns: usize, y: i32, radius: i32, target: usize, stride: i32): void {
  const core = model.core
  const outer = model.outer
  const rowShare = double(model.rowShare, y)
  const left = core.left - outer.left
  const reach = (<usize>((2 * radius + 1) * 4)) << 3
  let k = columns + ((<usize>(left * 4)) << 3)
  let low = f64x2.splat(0)
  let high = f64x2.splat(0)
  for (let at = k + 32; at < k + reach; at += 32) {
    low = f64x2.add(low, v128.load(at))
    high = f64x2.add(high, v128.load(at, 16))
  }
  let to = target + ((<usize>(((outer.top + y) * stride + core.left) * 4)) << 2)
  for (let x = left; x < left + core.width; x++, k += 32, to += 16) {
    const next = k + reach
    if (x > left) {
      low = f64x2.sub(low, v128.load(k))
      high = f64x2.sub(high, v128.load(k, 16))
    }
    low = f64x2.add(low, v128.load(next))
    high = f64x2.add(high, v128.load(next, 16))
    const share = f64x2.splat(rowShare * double(model.columnShare, x))
    const first = f32x4.demote_f64x2_zero(f64x2.mul(low, share))
    const last = f32x4.demote_f64x2_zero(f64x2.mul(high, share))
    v128.store(to, i8x16.shuffle(first, last, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23))
  }
}
