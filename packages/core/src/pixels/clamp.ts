// Numbers kept in the range of alpha and color planes.

/** The nearest number in [0, 1]. NaN stays NaN. */
export function clamp01(value: number): number {
  return value < 0 ? 0 : Math.min(value, 1)
}

/** 0 up to `from`, 1 beyond `to`, with no corner between. */
export function smoothStep(from: number, to: number, value: number): number {
  const t = clamp01((value - from) / (to - from))
  return t * t * (3 - 2 * t)
}
