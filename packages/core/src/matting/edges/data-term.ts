// What alpha should be before the image's edges are asked, and how much that counts: the network's answer, pinned where it has
// resolved something, and the colors around.

import type { Samples } from '../../pixels/numbers.ts'
import type { Pixels, Plane } from '../../pixels/plane.ts'
import { colorPosterior } from './color-posterior.ts'
import { overruling, ownWeight, pinWeight, stepAt } from './evidence.ts'
import type { Sharpness } from './sharpness.ts'
import type { DataTerm } from './solve-band.ts'

export interface Evidence {
  /** The network's alpha, and the same after the region decision. Both of the guide's size. */
  readonly network: Plane
  readonly alpha: Plane
  readonly sharpness: Sharpness
}

export interface DataTermOptions {
  /** 1 where alpha is solved for. */
  readonly band: Uint8Array
  /** Radius of the matting windows, in pixels. */
  readonly radiusPx: number
  /** Pixels of the image at full size for each one of the network's alpha. */
  readonly detail: number
  /** 1 in images smaller than what the network sees, 0 in others: see `smallness`. */
  readonly small: number
  /** Weight of a pin, in votes of a window. */
  readonly pin: number
}

export function dataTerm(evidence: Evidence, guide: Pixels<Samples>, options: DataTermOptions): DataTerm {
  const { network, alpha, sharpness } = evidence
  const { band, detail, small, pin } = options
  const steep = band.map((inBand, i) => inBand & (stepAt(sharpness.lowest[i]!, sharpness.highest[i]!) > 0 ? 1 : 0))
  const colors = colorPosterior(alpha, guide, { ...options, steep })
  const target = alpha.data.slice()
  const weight = new Float32Array(target.length)
  const pinning = pinWeight(pin, detail)
  for (let i = 0; i < target.length; i++) {
    if (band[i] === 0) continue
    const own = ownWeight(
      network.data[i]!,
      alpha.data[i]!,
      sharpness.lowest[i]!,
      sharpness.highest[i]!,
      colors.mean[i]!,
      overruling(colors.certainty[i]!),
      pinning,
      small,
    )
    const say = colors.weight[i]!
    target[i] = (own * alpha.data[i]! + say * colors.mean[i]!) / (own + say)
    weight[i] = own + say
  }
  return { target, weight }
}
