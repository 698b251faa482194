// The numbers a bench prints, from the numbers it measured. Pure; knows no clock and no units.

/** Raw values in the order of measuring, and what is read from them. */
export interface Sample {
  readonly values: readonly number[]
  readonly median: number
  readonly p95: number
  readonly min: number
  readonly max: number
}

/** Two samples of a cost, measured in turns: value `i` of both belongs to one image or to one round. */
export interface Versus {
  readonly ours: Sample
  readonly theirs: Sample
  /** Median of theirs over median of ours: above 1, ours costs less. */
  readonly ratio: number
  /** Theirs over ours, pair by pair. */
  readonly pairs: Sample
}

/** Linear between the two nearest ranks: rank 1 + p (n - 1), the seventh definition of Hyndman and Fan (1996). */
export function percentile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new Error('expected at least one value')
  const sorted = [...values].sort((a, b) => a - b)
  const rank = share * (sorted.length - 1)
  const below = Math.floor(rank)
  const low = sorted[below]!
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!
  return low + (high - low) * (rank - below)
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

export function summarize(values: readonly number[]): Sample {
  return {
    values,
    median: median(values),
    p95: percentile(values, 0.95),
    min: Math.min(...values),
    max: Math.max(...values),
  }
}

export function compare(ours: readonly number[], theirs: readonly number[]): Versus {
  if (ours.length !== theirs.length) {
    throw new Error(`expected pairs but received ${ours.length} and ${theirs.length} values`)
  }
  const [our, their] = [summarize(ours), summarize(theirs)]
  return {
    ours: our,
    theirs: their,
    ratio: their.median / our.median,
    pairs: summarize(theirs.map((value, i) => value / ours[i]!)),
  }
}
