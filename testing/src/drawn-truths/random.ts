// Fixed pseudo-random numbers and smooth noise, so that a drawn image is the same on every machine.

/** Numbers in 0..1 from one seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Value noise in -1..1: random values on a lattice of `cellPx`, interpolated without corners. Quick along a row. */
export function createNoise(seed: number, cellPx: number): (x: number, y: number) => number {
  const at = (u: number, v: number) => {
    let hash = Math.imul(u, 374761393) ^ Math.imul(v, 668265263) ^ Math.imul(seed, 2246822519)
    hash = Math.imul(hash ^ (hash >>> 13), 1274126177)
    return (((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32) * 2 - 1
  }
  const ease = (t: number) => t * t * (3 - 2 * t)
  // The corners of the cell that was asked for last.
  let [column, row] = [Number.NaN, Number.NaN]
  let [aboveLeft, aboveRight, belowLeft, belowRight] = [0, 0, 0, 0]
  return (x, y) => {
    const u = Math.floor(x / cellPx)
    const v = Math.floor(y / cellPx)
    if (u !== column || v !== row) {
      ;[column, row] = [u, v]
      aboveLeft = at(u, v)
      aboveRight = at(u + 1, v)
      belowLeft = at(u, v + 1)
      belowRight = at(u + 1, v + 1)
    }
    const s = ease(x / cellPx - u)
    const t = ease(y / cellPx - v)
    const above = aboveLeft * (1 - s) + aboveRight * s
    const below = belowLeft * (1 - s) + belowRight * s
    return above * (1 - t) + below * t
  }
}
