// Matting by the closed-form Laplacian with a given band and trust, for callers that choose both.

import type { Plane, Raster } from '../../pixels/raster.ts'
import { buildLocalModels } from './local-models.ts'
import { solveBand } from './solve-band.ts'
import { SURE } from './sure.ts'

export interface SolveOptions {
  /** 1 where alpha is to be solved for. */
  readonly band: Uint8Array
  readonly iterations: number
  /** Stops when the preconditioned residual has fallen to this share of its start. Default 0. */
  readonly tolerance?: number
  /** Weight of the given alpha where it is undecided, in units of one window's vote. */
  readonly trust: number
  /** As `trust`, where the given alpha is surely 0 or 1. */
  readonly trustSure: number
  readonly radiusPx: number
  /** Variance of the guide (in 0..1) below which a window counts as flat. */
  readonly epsilon: number
}

/** Solves (L + D) x = D `alpha` inside the band; result clamped to [0, 1]. `guide` has alpha's size. */
export function solveMatte(alpha: Plane, guide: Raster, options: SolveOptions): Plane {
  const { band, trust, trustSure, radiusPx, epsilon, iterations, tolerance = 0 } = options
  const weight = alpha.data.map((value) => (value < SURE || value > 1 - SURE ? trustSure : trust))
  const models = buildLocalModels(band, guide, radiusPx, epsilon)
  return solveBand(alpha, models, band, { target: alpha.data, weight }, iterations, tolerance)
}
