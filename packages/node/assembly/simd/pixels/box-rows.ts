// Core's pixels/box-rows.ts in vectors of doubles, two at a time. Compiled in its place.

import { at4, at8 } from '../../memory'

export function addToSums(sums: Float64Array, rows: Float32Array, from: i32, width: i32): void {
  let x = 0
  let sum = at8(sums, 0)
  let value = at4(rows, from)
  for (; x + 2 <= width; x += 2, sum += 16, value += 8) {
    v128.store(sum, f64x2.add(v128.load(sum), f64x2.promote_low_f32x4(v128.load64_zero(value))))
  }
  for (; x < width; x++) sums[x] = sums[x] + rows[from + x]
}

export function takeFromSums(sums: Float64Array, rows: Float32Array, from: i32, width: i32): void {
  let x = 0
  let sum = at8(sums, 0)
  let value = at4(rows, from)
  for (; x + 2 <= width; x += 2, sum += 16, value += 8) {
    v128.store(sum, f64x2.sub(v128.load(sum), f64x2.promote_low_f32x4(v128.load64_zero(value))))
  }
  for (; x < width; x++) sums[x] = sums[x] - rows[from + x]
}

export function scaleSums(sums: Float64Array, scale: f64, target: Float32Array, to: i32, width: i32): void {
  const scales = f64x2.splat(scale)
  let x = 0
  let sum = at8(sums, 0)
  let out = at4(target, to)
  for (; x + 2 <= width; x += 2, sum += 16, out += 8) {
    v128.store64_lane(out, f32x4.demote_f64x2_zero(f64x2.mul(v128.load(sum), scales)), 0)
  }
  for (; x < width; x++) target[to + x] = sums[x] * scale
}

/** Two rows at once: each sum waits for the one before it. */
export function meanOfRows(
  source: Float32Array,
  target: Float32Array,
  from: i32,
  width: i32,
  radius: i32,
  rows: i32,
): void {
  const row = rows === 2 ? (<usize>width) << 2 : 0
  const start = at4(source, from)
  const inner = width - radius
  let sum = f64x2.splat(0)
  for (let x = 0; x < radius; x++) sum = f64x2.add(sum, both(start, x, row))
  let out = at4(target, from)
  let x = 0
  for (; x < min(radius + 1, inner); x++, out += 4) {
    sum = f64x2.add(sum, both(start, x + radius, row))
    write(out, row, f64x2.div(sum, f64x2.splat(<f64>(x + radius + 1))))
  }
  const scale = f64x2.splat(1 / <f64>(2 * radius + 1))
  let entering = start + ((<usize>(x + radius)) << 2)
  let leaving = start + ((<usize>(x - radius - 1)) << 2)
  for (; x < inner; x++, out += 4, entering += 4, leaving += 4) {
    sum = f64x2.add(sum, f64x2.sub(both(entering, 0, row), both(leaving, 0, row)))
    write(out, row, f64x2.mul(sum, scale))
  }
  for (; x < width; x++, out += 4) {
    const gone = x - radius - 1
    if (gone >= 0) sum = f64x2.sub(sum, both(start, gone, row))
    write(out, row, f64x2.div(sum, f64x2.splat(<f64>(width - max(0, gone + 1)))))
  }
}

/** The value at `x` of a row that begins at `at`, and of that `row` bytes behind it. */
function both(at: usize, x: i32, row: usize): v128 {
  const here = at + ((<usize>x) << 2)
  return f64x2.promote_low_f32x4(v128.load32_lane(here + row, v128.load32_zero(here), 1))
}

function write(at: usize, row: usize, means: v128): void {
  const floats = f32x4.demote_f64x2_zero(means)
  v128.store32_lane(at + row, floats, 1)
  v128.store32_lane(at, floats, 0)
}
