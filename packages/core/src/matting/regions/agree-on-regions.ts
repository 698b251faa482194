// What several answers of a network about one image say together of its broad areas. A network misses parts of a subject
// more often than it makes some up: what two of five answers call subject is subject. Edges and hair stay as they are.

import { boxFilter } from '../../pixels/box-filter.ts'
import { smoothStep } from '../../pixels/clamp.ts'
import type { Plane } from '../../pixels/raster.ts'
import { resizePlane } from '../../pixels/resize.ts'
import { carryOver, flatnessOf, GRID } from './carry-over.ts'

/** Windows over which a difference is judged broad: 17 cells, about 7 % of a side. */
const BROAD_RADIUS = 8
/** Mean difference there: up to the first it is one of edges, from the second on it is one of areas. */
const NARROW = 0.1
const BROAD = 0.4

/** `alpha` with its areas as the second highest of `opinions` has them. All are stretched over the same image. */
export function agreeOnRegions(alpha: Plane, opinions: readonly Plane[]): Plane {
  const grid = resizePlane(alpha, GRID, GRID)
  const agreed = secondHighest(opinions.map((opinion) => resizePlane(opinion, GRID, GRID).data))
  const difference = agreed.map((value, i) => Math.abs(value - grid.data[i]!))
  const breadth = boxFilter({ ...grid, data: difference }, BROAD_RADIUS).data
  for (let i = 0; i < agreed.length; i++) {
    const value = grid.data[i]!
    agreed[i] = value + (agreed[i]! - value) * smoothStep(NARROW, BROAD, breadth[i]!)
  }
  return carryOver(alpha, { grid, flatness: flatnessOf(grid), decided: { ...grid, data: agreed } })
}

function secondHighest(planes: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const out = new Float32Array(GRID * GRID)
  for (let i = 0; i < out.length; i++) {
    let highest = 0
    let second = 0
    for (const plane of planes) {
      const value = plane[i]!
      if (value > highest) {
        second = highest
        highest = value
      } else if (value > second) second = value
    }
    out[i] = second
  }
  return out
}
