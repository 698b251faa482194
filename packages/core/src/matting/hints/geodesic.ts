// Cheapest way from a set of cells to every other, each cell at a price of its own: cells hand their distance on in the order of
// distance, which buckets give without sorting (Dial, "Algorithm 360: Shortest-path forest with topological ordering",
// Communications of the ACM 1969).

/** A bucket is as wide as the lowest price, or wider where that would make more of them. */
const MAX_BUCKETS = 4096

/**
 * Distance of every cell to the nearest source. `start` is what a source has behind it already, infinity where there is none. A step
 * into a cell costs its `price` times the step's length (1, or the square root of 2 across a corner). Cells farther than `limit`
 * are infinitely far.
 */
export function geodesicDistance(
  start: Float32Array,
  price: Float32Array,
  width: number,
  height: number,
  limit: number,
): Float32Array<ArrayBuffer> {
  const distance = new Float32Array(start.length).fill(Number.POSITIVE_INFINITY)
  /** The distance that a cell has handed on: one that waits in several buckets does so once. */
  const handedOn = distance.slice()
  const bucketWidth = Math.max(lowestPositive(price), limit / MAX_BUCKETS)
  const buckets: (number[] | undefined)[] = []
  const put = (i: number, cost: number) => {
    distance[i] = cost
    const bucket = Math.floor(cost / bucketWidth)
    const cells = buckets[bucket]
    if (cells) cells.push(i)
    else buckets[bucket] = [i]
  }
  for (let i = 0; i < start.length; i++) if (start[i]! <= limit) put(i, start[i]!)
  for (let bucket = 0; bucket < buckets.length; bucket++) {
    const cells = buckets[bucket] ?? []
    // It may grow meanwhile.
    for (let k = 0; k < cells.length; k++) {
      const i = cells[k]!
      const from = distance[i]!
      if (from === handedOn[i]) continue
      handedOn[i] = from
      const x = i % width
      const y = (i - x) / width
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
          const to = v * width + u
          const step = price[to]!
          const cost = Math.fround(u === x || v === y ? from + step : from + (Math.SQRT2 - 1) * step + step)
          if (cost < distance[to]! && cost <= limit) put(to, cost)
        }
      }
    }
    buckets[bucket] = undefined
  }
  return distance
}

function lowestPositive(values: Float32Array): number {
  let lowest = Number.POSITIVE_INFINITY
  for (const value of values) if (value > 0 && value < lowest) lowest = value
  return lowest
}
