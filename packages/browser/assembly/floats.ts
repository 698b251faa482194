// The last steps: bytes to floats, and to the answer between 0 and 1.

import { Floats } from './records'
import { flipped } from './tensor'

/** The sum of all channels of a pixel, each times the scale, and an offset: in this order, as onnxruntime adds. */
export function sumChannels(step: Floats, from: i32, to: i32): void {
  const input = step.input
  const flip = i8x16.extract_lane_u(flipped(i8x16.splat(0)), 0)
  const scale = step.scale
  for (let y = from; y < to; y++) {
    for (let x = 0; x < input.width; x++) {
      const pixel = input.row(y) + x * input.channels
      let sum: f32 = 0
      for (let c = 0; c < input.channels; c++) sum += ((load<u8>(pixel + c) ^ flip) as f32) * scale
      store<f32>(step.to + (y * input.width + x) * 4, sum + step.offset)
    }
  }
}

/** Doubled by linear interpolation between the centers of pixels, then the logistic function. `input`: for its size alone. */
export function doubleLogistic(step: Floats, from: i32, to: i32): void {
  const width = step.input.width
  const height = step.input.height
  for (let y = from; y < to; y++) {
    const above = step.from + firstOf(y) * width * 4
    const below = step.from + secondOf(y, height) * width * 4
    const down: f32 = weightOf(y, height)
    const up: f32 = 1 - down
    let made = step.to + y * width * 2 * 4
    for (let x = 0; x < width * 2; x++) {
      const left = firstOf(x) * 4
      const right = secondOf(x, width) * 4
      const along: f32 = weightOf(x, width)
      const back: f32 = 1 - along
      const value: f32 =
        back * up * load<f32>(above + left) +
        along * up * load<f32>(above + right) +
        back * down * load<f32>(below + left) +
        along * down * load<f32>(below + right)
      store<f32>(made, logistic(value))
      made += 4
    }
  }
}

/** The two entries that entry `i` of twice as many lies between, and the part of the second one. */
function firstOf(i: i32): i32 {
  return max(0, (i - 1) >> 1)
}

function secondOf(i: i32, count: i32): i32 {
  return min(count - 1, firstOf(i) + 1)
}

function weightOf(i: i32, count: i32): f32 {
  if (i === 0) return 0
  if (i === 2 * count - 1) return 0.5
  return i & 1 ? 0.25 : 0.75
}

/** A quotient of polynomials, the one that onnxruntime computes (Eigen's). */
function logistic(input: f32): f32 {
  const x = min<f32>(18, max<f32>(-18, input))
  const square = x * x
  let p = square * (4.37031012579801e-11 as f32) + (1.15627324459942e-7 as f32)
  p = p * square + (6.08574864600143e-5 as f32)
  p = p * square + (8.51377133304701e-3 as f32)
  p = p * square + (2.48287947061529e-1 as f32)
  p = p * x
  let q = square * (6.10247389755681e-13 as f32) + (5.76102136993427e-9 as f32)
  q = q * square + (6.2910678501704e-6 as f32)
  q = q * square + (1.70198817374094e-3 as f32)
  q = q * square + (1.16817656904453e-1 as f32)
  q = q * square + (9.9315192102318e-1 as f32)
  return min<f32>(1, max<f32>(0, p / q + 0.5))
}
