// What a smooth model leaves beside 0 and 1 although nothing can be seen there: more at plain edges than in hair.

import { boxFilter } from '../../pixels/box-filter.ts'
import { mix, smoothStep } from '../../pixels/clamp.ts'
import { max } from '../../pixels/integers.ts'
import type { f64, i32 } from '../../pixels/numbers.ts'
import { Plane } from '../../pixels/plane.ts'
import { unclearedFloats } from '../../pixels/uncleared.ts'

/** Alpha within this of 0 or 1 is residue: at plain edges, and in hair, fur and everywhere in small images. */
const PLAIN: f64 = 0.06
const SOFT: f64 = 0.04
/** Mean of 4 alpha (1 - alpha) around: up to the first an edge is plain, from the second on it is hair. */
const SOFT_FROM: f64 = 0.1
const SOFT_TO: f64 = 0.45
/** Windows for that mean, in radii of the matting windows. */
const REACH: f64 = 1.5

/** For each pixel of `network`, the network's alpha. `small` as `smallness` tells. */
export function residueOf(network: Plane, radiusPx: i32, small: f64): Float32Array {
  const doubt = unclearedFloats(network.data.length)
  for (let i = 0; i < doubt.length; i++) {
    const value: f64 = network.data[i]!
    doubt[i] = 4 * value * (1 - value)
  }
  const reach = max(1, Math.floor(REACH * (radiusPx as f64) + 0.5) as i32)
  const mean = boxFilter(new Plane(network.width, network.height, doubt), reach).data
  const plain = mix(PLAIN, SOFT, small)
  for (let i = 0; i < mean.length; i++) {
    // Most of an image is plain.
    mean[i] = mean[i]! <= SOFT_FROM ? plain : mix(plain, SOFT, smoothStep(SOFT_FROM, SOFT_TO, mean[i]!))
  }
  return mean
}
