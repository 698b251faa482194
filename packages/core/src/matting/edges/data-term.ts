// What alpha should be before the image's edges are asked, and how much that counts: the network's answer, pinned where it has
// resolved something, and the colors around. Compiled to WebAssembly too.

import type { f64, i32, Samples } from '../../pixels/numbers.ts'
import type { Pixels, Plane } from '../../pixels/plane.ts'
import { colorPosterior } from './color-posterior.ts'
import { overruling, ownWeight, pinWeight, stepAt } from './evidence.ts'
import type { Sharpness } from './sharpness.ts'
import { DataTerm } from './solve-band.ts'

export class Evidence {
  /** The network's alpha, and the same after the region decision. Both of the guide's size. */
  readonly network: Plane
  readonly alpha: Plane
  readonly sharpness: Sharpness
  /** How much of what is finer than the image the network has told apart, 0..1. */
  readonly finer: Float32Array

  constructor(network: Plane, alpha: Plane, sharpness: Sharpness, finer: Float32Array) {
    this.network = network
    this.alpha = alpha
    this.sharpness = sharpness
    this.finer = finer
  }
}

export class DataTermOptions {
  /** 1 where alpha is solved for. */
  readonly band: Uint8Array
  /** Radius of the matting windows, in pixels. */
  readonly radiusPx: i32
  /** Pixels of the image at full size for each one of the network's alpha. */
  readonly detail: f64
  /** What pins weigh in an image that holds more than the network saw, in votes of a window. */
  readonly fadedPin: f64

  constructor(band: Uint8Array, radiusPx: i32, detail: f64, fadedPin: f64) {
    this.band = band
    this.radiusPx = radiusPx
    this.detail = detail
    this.fadedPin = fadedPin
  }
}

export function dataTerm<T extends Samples>(evidence: Evidence, guide: Pixels<T>, options: DataTermOptions): DataTerm {
  const network = evidence.network.data
  const alpha = evidence.alpha.data
  const lowest = evidence.sharpness.lowest
  const highest = evidence.sharpness.highest
  const finer = evidence.finer
  const area = evidence.alpha.width * evidence.alpha.height
  const band = options.band
  const steep = new Uint8Array(area)
  for (let i = 0; i < area; i++) {
    if (band[i] !== 0 && stepAt(lowest[i]!, highest[i]!) > 0) steep[i] = 1
  }
  const colors = colorPosterior(evidence.alpha, guide, band, steep, options.radiusPx, options.detail)
  const target = alpha.slice()
  const weight = new Float32Array(area)
  const pinning = pinWeight(options.fadedPin, options.detail)
  for (let i = 0; i < area; i++) {
    if (band[i] === 0) continue
    const given = alpha[i]!
    const mean = colors.mean[i]!
    const certain = overruling(colors.certainty[i]!)
    const own = ownWeight(network[i]!, given, lowest[i]!, highest[i]!, mean, certain, pinning, finer[i]!)
    const ofColor = colors.weight[i]!
    target[i] = (own * given + ofColor * mean) / (own + ofColor)
    weight[i] = own + ofColor
  }
  return new DataTerm(target, weight)
}
