// From numbers to places on a line, and the round numbers worth naming on it. Pure.

export interface Scale {
  /** Place of a number in [0, 1]; numbers outside the range lie outside. */
  at(value: number): number
  /** From low to high, both ends included. */
  readonly ticks: readonly number[]
}

/** From 0 to the first round number at or above `max`, in about so many steps; to 1 where there is nothing above 0. */
export function linearScale(max: number, steps = 5): Scale {
  const reach = max > 0 ? max : 1
  const step = roundUp(reach / steps)
  const count = Math.ceil(reach / step - 1e-9)
  const ticks = Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(12)))
  const end = ticks.at(-1)!
  return { ticks, at: (value) => value / end }
}

/** Both ends may lie this share beyond the last mark: an image of 50.01 megapixels needs no mark at 100. */
const OVERHANG = 0.01

/** Between the numbers 1, 2 and 5 times a power of ten that enclose both ends, which are above 0. */
export function logScale(min: number, max: number): Scale {
  const marks: number[] = []
  for (let power = Math.floor(Math.log10(min)); power <= Math.ceil(Math.log10(max)); power++) {
    // 10 ** -1 * 3 would not be 0.3.
    for (const digit of [1, 2, 5]) marks.push(Number(`${digit}e${power}`))
  }
  const first = marks.findLastIndex((mark) => mark <= min * (1 + OVERHANG))
  const last = marks.findIndex((mark, i) => mark >= max * (1 - OVERHANG) && i > first)
  const ticks = marks.slice(first, last + 1)
  const [low, high] = [Math.log(ticks[0]!), Math.log(ticks.at(-1)!)]
  return { ticks, at: (value) => (Math.log(value) - low) / (high - low) }
}

/** The first of 1, 2, 2.5 and 5 times a power of ten that is not below `value`. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  const digit = [1, 2, 2.5, 5].find((one) => one * power >= value * (1 - 1e-9)) ?? 10
  return digit * power
}
