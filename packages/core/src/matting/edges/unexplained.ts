// Where a network has told apart what the image cannot show: alpha that no linear model of the colors around reproduces. In images
// smaller than what the network saw, strands finer than a pixel are such. Compiled to WebAssembly too.

import { boxFilter } from '../../pixels/box-filter.ts'
import { smoothStep } from '../../pixels/clamp.ts'
import type { f64, i32 } from '../../pixels/numbers.ts'
import { Plane } from '../../pixels/plane.ts'
import { applyLocalModels } from './local-linear.ts'
import type { LocalModels } from './local-models.ts'

/** Squared difference of alpha from its models, as a share of its variance: up to the first it is explained, from the second on it is not. */
const EXPLAINED: f64 = 0.05
const UNEXPLAINED: f64 = 0.2
/** Keeps 0 / 0 apart where alpha does not vary. */
const LEAST_VARIANCE: f64 = 1e-4

/** 0 in `band` where the colors explain `network`, up to 1 where they do not. `models` are those of the image around the band. */
export function unexplainedBy(models: LocalModels, network: Plane, band: Uint8Array): Float32Array {
  const width = network.width
  const height = network.height
  const explained = new Float32Array(width * height)
  applyLocalModels(models, network.data, explained)
  const mean = boxFilter(network, models.radius).data
  const off = new Float32Array(width * height)
  for (let i = 0; i < off.length; i++) {
    const value: f64 = network.data[i]!
    const error: f64 = band[i] === 0 ? 0 : value - explained[i]!
    const deviation: f64 = band[i] === 0 ? 0 : value - mean[i]!
    off[i] = error * error
    explained[i] = deviation * deviation
  }
  const reach: i32 = 2 * models.radius
  const errors = boxFilter(new Plane(width, height, off), reach).data
  const variances = boxFilter(new Plane(width, height, explained), reach).data
  for (let i = 0; i < off.length; i++) {
    off[i] = smoothStep(EXPLAINED, UNEXPLAINED, errors[i]! / Math.max(LEAST_VARIANCE, variances[i]!))
  }
  return off
}
