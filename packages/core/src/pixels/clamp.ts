// Numbers kept in the range of alpha and color planes.

import type { f64 } from './numbers.ts'

/** The nearest number in [0, 1]. NaN stays NaN. */
export function clamp01(value: f64): f64 {
  return value < 0 ? 0 : Math.min(value, 1)
}

/** 0 up to `from`, 1 beyond `to`, and a smooth rise between (Hermite). */
export function smoothStep(from: f64, to: f64, value: f64): f64 {
  const t = clamp01((value - from) / (to - from))
  return t * t * (3 - 2 * t)
}

/** `a` at 0, `b` at 1. */
export function mix(a: f64, b: f64, part: f64): f64 {
  return a + (b - a) * part
}
