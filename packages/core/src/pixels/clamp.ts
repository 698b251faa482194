// Numbers kept in the range of alpha and color planes.

/** The nearest number in [0, 1]. NaN stays NaN. */
export function clamp01(value: number): number {
  return value < 0 ? 0 : Math.min(value, 1)
}
