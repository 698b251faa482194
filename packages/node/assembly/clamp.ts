// As core's pixels/clamp.ts.

export function clamp01(value: f64): f64 {
  return value < 0 ? 0 : value > 1 ? 1 : value
}

export function smoothStep(from: f64, to: f64, value: f64): f64 {
  const t = clamp01((value - from) / (to - from))
  return t * t * (3 - 2 * t)
}
