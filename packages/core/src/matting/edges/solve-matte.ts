// The alpha that agrees best with the picture's local linear color models and with the alpha given: least squares with the
// large-kernel matting Laplacian (Levin, Lischinski, Weiss, TPAMI 2008; He, Sun, Tang, CVPR 2010), by conjugate gradients
// with a diagonal preconditioner. Unknown inside the band only; outside, alpha stays what it was.

import { clamp01 } from '../../pixels/clamp.ts'
import type { Plane, Raster } from '../../pixels/raster.ts'
import { applyLocalModel, buildLocalModels, type LocalModels } from './local-linear.ts'
import { SURE } from './sure.ts'

/** What alpha should be, and how much that counts, in units of one window's vote: a number for each pixel of the picture. */
export interface DataTerm {
  readonly target: Float32Array
  readonly weight: Float32Array
}

interface Effort {
  /** 1 where alpha is to be solved for. */
  readonly band: Uint8Array
  readonly iterations: number
  /** Stops when the preconditioned residual has fallen to this share of its start. */
  readonly tolerance?: number
}

export interface BandOptions extends Effort {
  readonly term: DataTerm
}

export interface SolveOptions extends Effort {
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
  const { band, trust, trustSure, radiusPx, epsilon } = options
  const weight = alpha.data.map((value) => (value < SURE || value > 1 - SURE ? trustSure : trust))
  const models = buildLocalModels(band, guide, radiusPx, epsilon)
  return solveBand(alpha, models, { ...options, term: { target: alpha.data, weight } })
}

/** As `solveMatte`, with the models of tiles that cover the band, and D and its goal pixel by pixel. `alpha` is where the search begins. */
export function solveBand(alpha: Plane, { models, workspace }: LocalModels, options: BandOptions): Plane {
  const { band, iterations, term, tolerance = 0 } = options
  const { width, height } = alpha
  const solution = { width, height, data: alpha.data.slice() }
  const unknowns = listUnknowns(band)
  const radius = models[0]?.radius
  if (radius === undefined || unknowns.length === 0) return solution
  // Windows that hold a pixel, as a share of their number inside the picture: less than 1 near the border only.
  const windows = new Float32Array(unknowns.length)
  const diagonal = new Float32Array(unknowns.length)
  const start = new Float32Array(unknowns.length)
  const full = 2 * radius + 1
  for (let k = 0; k < unknowns.length; k++) {
    const i = unknowns[k]!
    const x = i % width
    const y = (i - x) / width
    const columns = Math.min(width - 1, x + radius) - Math.max(0, x - radius) + 1
    const rows = Math.min(height - 1, y + radius) - Math.max(0, y - radius) + 1
    windows[k] = (columns * rows) / (full * full)
    diagonal[k] = windows[k]! + term.weight[i]!
    start[k] = alpha.data[i]!
  }
  const scratch = { width, height, data: new Float32Array(width * height) }
  const system = { models, workspace, unknowns, windows, diagonal, scratch }
  conjugateGradients(system, start, alpha, term.target, iterations, tolerance)
  for (let k = 0; k < unknowns.length; k++) solution.data[unknowns[k]!] = clamp01(start[k]!)
  return solution
}

interface System extends LocalModels {
  /** Indices of the band's pixels; the vectors below run along it. */
  readonly unknowns: Int32Array
  readonly windows: Float32Array
  /** `windows` and the weight of the data term: close to the diagonal of the matrix. */
  readonly diagonal: Float32Array
  /** Plane that the filter writes to. */
  readonly scratch: Plane
}

function listUnknowns(band: Uint8Array): Int32Array {
  let count = 0
  for (let i = 0; i < band.length; i++) count += band[i]!
  const list = new Int32Array(count)
  for (let i = 0, k = 0; i < band.length; i++) if (band[i] === 1) list[k++] = i
  return list
}

/** (L + D) `plane` at the unknowns: each window votes for its linear model, the data term for the plane itself. */
function multiply(system: System, plane: Plane, out: Float32Array): void {
  const { models, workspace, scratch, unknowns, windows, diagonal } = system
  for (const model of models) applyLocalModel(model, plane, scratch, workspace)
  const { data } = plane
  const filtered = scratch.data
  for (let k = 0; k < unknowns.length; k++) {
    const i = unknowns[k]!
    out[k] = diagonal[k]! * data[i]! - windows[k]! * filtered[i]!
  }
}

/** Improves `solution` in place. The diagonal of L + D is close to `windows + weight`, which preconditions. */
function conjugateGradients(
  system: System,
  solution: Float32Array,
  begin: Plane,
  target: Float32Array,
  iterations: number,
  tolerance: number,
): void {
  const { unknowns, windows, diagonal } = system
  const count = unknowns.length
  const residual = new Float32Array(count)
  const step = new Float32Array(count)
  const product = new Float32Array(count)
  // Zero outside the band for good: what lies there is known.
  const direction = { ...begin, data: new Float32Array(begin.data.length) }
  multiply(system, begin, product)
  let energy = 0
  for (let k = 0; k < count; k++) {
    const value = (diagonal[k]! - windows[k]!) * target[unknowns[k]!]! - product[k]!
    residual[k] = value
    step[k] = value / diagonal[k]!
    direction.data[unknowns[k]!] = step[k]!
    energy += value * step[k]!
  }
  const goal = energy * tolerance * tolerance
  for (let round = 0; round < iterations && energy > goal && energy > 1e-12; round++) {
    multiply(system, direction, product)
    let curvature = 0
    for (let k = 0; k < count; k++) curvature += step[k]! * product[k]!
    if (curvature <= 0) return
    const length = energy / curvature
    let next = 0
    for (let k = 0; k < count; k++) {
      solution[k]! += length * step[k]!
      const value = residual[k]! - length * product[k]!
      residual[k] = value
      next += (value * value) / diagonal[k]!
    }
    const turn = next / energy
    energy = next
    for (let k = 0; k < count; k++) {
      const value = residual[k]! / diagonal[k]! + turn * step[k]!
      step[k] = value
      direction.data[unknowns[k]!] = value
    }
  }
}
