// The alpha that agrees best with the picture's local linear color models and with the alpha given: least squares with the
// large-kernel matting Laplacian (Levin, Lischinski, Weiss, TPAMI 2008; He, Sun, Tang, CVPR 2010), by conjugate gradients
// with a diagonal preconditioner. Unknown inside the band only; outside, alpha stays what it was.

import type { Plane, Raster } from '../pixels/raster.ts'
import { bandTiles, SURE } from './band.ts'
import { tileSide } from './guided-filter.ts'
import { applyLocalModel, buildLocalModel, createWorkspace, type LocalModel, type Workspace } from './local-linear.ts'

export interface SolveOptions {
  readonly radiusPx: number
  readonly epsilon: number
  /** 1 where alpha is to be solved for. */
  readonly band: Uint8Array
  /** Weight of the given alpha where it is undecided, in units of one window's vote. */
  readonly trust: number
  /** As `trust`, where the given alpha is surely 0 or 1. */
  readonly trustSure: number
  readonly iterations: number
  /** Stops when the preconditioned residual has fallen to this share of its start. */
  readonly tolerance?: number
}

/** Solves (L + D) x = D `alpha` inside the band; result clamped to [0, 1]. `guide` has alpha's size. */
export function solveMatte(alpha: Plane, guide: Raster, options: SolveOptions): Plane {
  const { radiusPx: radius, epsilon, band, iterations, tolerance = 0 } = options
  const { width, height } = alpha
  const side = tileSide(radius)
  const workspace = createWorkspace(Math.min(width, 4 * side + 4 * radius), Math.min(height, side + 4 * radius))
  const models = bandTiles(band, width, height, side, 4 * side).map((tile) =>
    buildLocalModel(guide, tile, radius, epsilon, workspace),
  )
  const unknowns = listUnknowns(band)
  const system: System = {
    models,
    workspace,
    unknowns,
    windows: Float32Array.from(unknowns, (i) => windowsAround(i, width, height, radius)),
    weight: Float32Array.from(unknowns, (i) => {
      const value = alpha.data[i]!
      return value < SURE || value > 1 - SURE ? options.trustSure : options.trust
    }),
    scratch: { width, height, data: new Float32Array(width * height) },
  }
  const solution = { width, height, data: alpha.data.slice() }
  conjugateGradients(system, solution, alpha, iterations, tolerance)
  for (let k = 0; k < unknowns.length; k++) {
    const value = solution.data[unknowns[k]!]!
    solution.data[unknowns[k]!] = value < 0 ? 0 : Math.min(value, 1)
  }
  return solution
}

interface System {
  readonly models: readonly LocalModel[]
  readonly workspace: Workspace
  /** Indices of the band's pixels; the vectors below run along it. */
  readonly unknowns: Int32Array
  /** Windows that hold the pixel, as a share of those inside the picture: 1 but near the border. */
  readonly windows: Float32Array
  readonly weight: Float32Array
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

/** Windows that hold pixel `i`, as a share of their number inside the picture: less than 1 near the border only. */
function windowsAround(i: number, width: number, height: number, radius: number): number {
  const x = i % width
  const y = (i - x) / width
  const columns = Math.min(width - 1, x + radius) - Math.max(0, x - radius) + 1
  const rows = Math.min(height - 1, y + radius) - Math.max(0, y - radius) + 1
  return (columns * rows) / (2 * radius + 1) ** 2
}

/** (L + D) `plane` at the unknowns: each window votes for its linear model, the data term for the plane itself. */
function multiply(system: System, plane: Plane, out: Float32Array): void {
  const { models, workspace, scratch, unknowns, windows, weight } = system
  for (const model of models) applyLocalModel(model, plane, scratch, workspace)
  for (let k = 0; k < unknowns.length; k++) {
    const i = unknowns[k]!
    out[k] = windows[k]! * (plane.data[i]! - scratch.data[i]!) + weight[k]! * plane.data[i]!
  }
}

/** Improves `solution` in place. The diagonal of L + D is close to `windows + weight`, which preconditions. */
function conjugateGradients(
  system: System,
  solution: Plane,
  prior: Plane,
  iterations: number,
  tolerance: number,
): void {
  const { unknowns, windows, weight } = system
  const count = unknowns.length
  const residual = new Float32Array(count)
  const product = new Float32Array(count)
  // Zero outside the band for good: what lies there is known.
  const direction = { ...solution, data: new Float32Array(solution.data.length) }
  multiply(system, solution, product)
  let energy = 0
  for (let k = 0; k < count; k++) {
    residual[k] = weight[k]! * prior.data[unknowns[k]!]! - product[k]!
    const step = residual[k]! / (windows[k]! + weight[k]!)
    direction.data[unknowns[k]!] = step
    energy += residual[k]! * step
  }
  const goal = energy * tolerance * tolerance
  for (let round = 0; round < iterations && energy > goal && energy > 1e-12; round++) {
    multiply(system, direction, product)
    let curvature = 0
    for (let k = 0; k < count; k++) curvature += direction.data[unknowns[k]!]! * product[k]!
    if (curvature <= 0) return
    const length = energy / curvature
    let next = 0
    for (let k = 0; k < count; k++) {
      solution.data[unknowns[k]!]! += length * direction.data[unknowns[k]!]!
      residual[k]! -= length * product[k]!
      next += (residual[k]! * residual[k]!) / (windows[k]! + weight[k]!)
    }
    const turn = next / energy
    energy = next
    for (let k = 0; k < count; k++) {
      const i = unknowns[k]!
      direction.data[i] = residual[k]! / (windows[k]! + weight[k]!) + turn * direction.data[i]!
    }
  }
}
