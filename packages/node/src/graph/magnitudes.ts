// Counts of the magnitudes of a value over many images, weighted by place, and the range that fits them best. Bins grow
// with the number itself (the leading bits of its float32 form), so no scale has to be known before.

/** Bits of the fraction that a bin tells apart: 32 bins between a number and its double, 3 % each. */
const SHIFT = 23 - 5
/** Bins from 2^-20 on; what is smaller counts as zero, and 2^16 and above as one bin. */
const FIRST = (127 - 20) << 5
const BINS = 36 << 5

const BIN_MIDDLES = Float64Array.from({ length: BINS }, (_, bin) => {
  const [from, to] = new Float32Array(Int32Array.of((bin + FIRST) << SHIFT, (bin + 1 + FIRST) << SHIFT).buffer)
  return (from! + to!) / 2
})

/**
 * Power of an error's size by which it counts. Values of such networks have long tails: a pixel that is surely
 * background can be a hundred times as large as one at an edge, and cutting it off does no harm. Squares would protect
 * the tail and drown the edge in rounding, plain distances cut too much; measured on half of the evaluation images.
 */
const ERROR_POWER = 1.2
/** Ends of ranges that are tried: down to 2^-8 of the largest magnitude. */
const TRIED_BINS = 8 << 5

export class Magnitudes {
  readonly #counts = new Float64Array(BINS)
  #least = 0
  #greatest = 0

  /** Least number so far, at most 0. */
  get least(): number {
    return this.#least
  }

  /** Largest number so far, at least 0. */
  get greatest(): number {
    return this.#greatest
  }

  /** Numbers of C x places. `weights`: of each place. */
  add(values: Float32Array, weights: Float32Array): void {
    const bits = new Int32Array(values.buffer, values.byteOffset, values.length)
    const places = weights.length
    let least = this.#least
    let greatest = this.#greatest
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!
      if (value < least) least = value
      if (value > greatest) greatest = value
      const bin = ((bits[i]! & 0x7fff_ffff) >> SHIFT) - FIRST
      if (bin >= 0) this.#counts[bin < BINS ? bin : BINS - 1]! += weights[i % places]!
    }
    this.#least = least
    this.#greatest = greatest
  }

  /** The end of the range of magnitudes whose `levels` equal steps lose least, cutting off and rounding together; 0 where all are 0. */
  bestTop(levels: number): number {
    let last = BINS - 1
    while (last >= 0 && this.#counts[last] === 0) last--
    let best = Number.POSITIVE_INFINITY
    let top = 0
    for (let bin = last; bin >= Math.max(0, last - TRIED_BINS); bin--) {
      const loss = this.#loss(BIN_MIDDLES[bin]!, levels, last)
      if (loss < best) {
        best = loss
        top = BIN_MIDDLES[bin]!
      }
    }
    return top
  }

  #loss(top: number, levels: number, last: number): number {
    const step = top / levels
    let loss = 0
    for (let bin = 0; bin <= last; bin++) {
      const count = this.#counts[bin]!
      if (count === 0) continue
      const value = BIN_MIDDLES[bin]!
      loss += count * (value > top ? value - top : roundingError(value, step)) ** ERROR_POWER
    }
    return loss
  }
}

/** Standard deviation of an error that is anywhere between half a step down and up: 1 / sqrt(12). */
const UNIFORM = 0.2887

/** Bins are narrower than a step only up to some steps; beyond, the place within the step is not known. */
function roundingError(value: number, step: number): number {
  return value > 4 * step ? step * UNIFORM : Math.abs(value - Math.round(value / step) * step)
}
