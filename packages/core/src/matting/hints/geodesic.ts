// Cheapest way from a set of cells to every other, each cell at a price of its own: sweeps there and back until nothing
// changes (Toivanen, "New geodesic distance transforms for gray-scale images", Pattern Recognition Letters 1996).

import { fillWith } from '../../pixels/fill-with.ts'

/**
 * Distance of every cell to the nearest of those where `seed` is 1. A step into a cell costs its `price` times the step's
 * length (1, or the square root of 2 across a corner). Ways of more than `limit` are not followed: those cells are infinitely far.
 */
export function geodesicDistance(
  seed: Uint8Array | Int8Array,
  price: Float32Array,
  width: number,
  height: number,
  limit: number,
): Float32Array<ArrayBuffer> {
  const distance = fillWith(new Float32Array(seed.length), (i) => (seed[i] === 1 ? 0 : Number.POSITIVE_INFINITY))
  /** Improves a cell by the three neighbors in the row before and the one before it in its row. */
  const relax = (x: number, y: number, step: 1 | -1): boolean => {
    const i = y * width + x
    const before = i - step * width
    let best = Number.POSITIVE_INFINITY
    if (x - step >= 0 && x - step < width) best = distance[i - step]!
    if (y - step >= 0 && y - step < height) {
      best = Math.min(best, distance[before]!)
      let corner = Number.POSITIVE_INFINITY
      if (x > 0) corner = distance[before - 1]!
      if (x < width - 1) corner = Math.min(corner, distance[before + 1]!)
      if (corner + (Math.SQRT2 - 1) * price[i]! < best) best = corner + (Math.SQRT2 - 1) * price[i]!
    }
    const cost = Math.fround(best + price[i]!)
    if (cost >= distance[i]! || cost > limit) return false
    distance[i] = cost
    return true
  }
  for (let changed = true; changed; ) {
    changed = false
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) if (relax(x, y, 1)) changed = true
    for (let y = height - 1; y >= 0; y--) for (let x = width - 1; x >= 0; x--) if (relax(x, y, -1)) changed = true
  }
  return distance
}
