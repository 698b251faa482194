// Core's matting/edges/sharpness-rows.ts in vectors of four pixels. Compiled in its place.

function at(array: Float32Array, index: i32): usize {
  return changetype<usize>(array) + ((<usize>index) << 2)
}

export function extremeOfRow(
  plane: Float32Array,
  from: i32,
  width: i32,
  reach: i32,
  highest: bool,
  out: Float32Array,
): void {
  let x = 0
  for (; x < min(reach, width); x++) extremeOfPixel(plane, from, x, width, reach, highest, out)
  for (; x + reach + 4 <= width; x += 4) {
    let here = at(plane, from + x - reach)
    let most = v128.load(here)
    for (let k = 0; k < 2 * reach; k++) {
      here += 4
      most = extremeOfFour(most, v128.load(here), highest)
    }
    v128.store(at(out, from + x), most)
  }
  for (; x < width; x++) extremeOfPixel(plane, from, x, width, reach, highest, out)
}

function extremeOfFour(a: v128, b: v128, highest: bool): v128 {
  return highest ? f32x4.max(a, b) : f32x4.min(a, b)
}

function extremeOfPixel(
  plane: Float32Array,
  from: i32,
  x: i32,
  width: i32,
  reach: i32,
  highest: bool,
  out: Float32Array,
): void {
  let most = plane[from + x]
  const last = from + min(width - 1, x + reach)
  for (let i = from + max(0, x - reach); i <= last; i++) most = highest ? max(most, plane[i]) : min(most, plane[i])
  out[from + x] = most
}

export function extremeOfColumns(
  rows: Float32Array,
  width: i32,
  height: i32,
  y: i32,
  reach: i32,
  highest: bool,
  out: Float32Array,
): void {
  const first = max(0, y - reach)
  const last = min(height - 1, y + reach)
  let x = 0
  for (; x + 4 <= width; x += 4) {
    let most = v128.load(at(rows, first * width + x))
    for (let v = first + 1; v <= last; v++) most = extremeOfFour(most, v128.load(at(rows, v * width + x)), highest)
    v128.store(at(out, y * width + x), most)
  }
  for (; x < width; x++) {
    let most = rows[first * width + x]
    for (let v = first + 1; v <= last; v++) {
      const value = rows[v * width + x]
      most = highest ? max(most, value) : min(most, value)
    }
    out[y * width + x] = most
  }
}
