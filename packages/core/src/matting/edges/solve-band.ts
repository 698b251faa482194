// The alpha that agrees best with the image's local linear color models and with the alpha given: least squares with the
// large-kernel matting Laplacian (Levin, Lischinski, Weiss, TPAMI 2008; He, Sun, Tang, CVPR 2010), by conjugate gradients
// with a diagonal preconditioner. Unknown inside the band only; outside, alpha stays what it was. Compiled to WebAssembly too.

import { clamp01 } from '../../pixels/clamp.ts'
import { max, min } from '../../pixels/integers.ts'
import type { f64, i32 } from '../../pixels/numbers.ts'
import { Plane } from '../../pixels/plane.ts'
import { applyLocalModels } from './local-linear.ts'
import type { LocalModels } from './local-models.ts'

/** What alpha should be, and how much that counts, in units of one window's vote: a number for each pixel of the image. */
export class DataTerm {
  readonly target: Float32Array
  readonly weight: Float32Array

  constructor(target: Float32Array, weight: Float32Array) {
    this.target = target
    this.weight = weight
  }
}

/** Energy at which alpha is solved for to the last bit. */
const SOLVED: f64 = 1e-12

/** The equations: a row for each pixel of the band. */
class System {
  readonly models: LocalModels
  /** Indices of the band's pixels; the vectors below run along it. */
  readonly unknowns: Int32Array
  /** Windows that hold a pixel, as a share of their number inside the image: less than 1 near the border only. */
  readonly windows: Float32Array
  /** `windows` and the weight of the data term: close to the diagonal of the matrix. */
  readonly diagonal: Float32Array
  /** Plane that the filter writes to. */
  readonly scratch: Float32Array

  constructor(models: LocalModels, area: i32, count: i32) {
    this.models = models
    this.unknowns = new Int32Array(count)
    this.windows = new Float32Array(count)
    this.diagonal = new Float32Array(count)
    this.scratch = new Float32Array(area)
  }
}

/**
 * Solves (L + D) x = D target where `band` is 1; the result is clamped to [0, 1]. `alpha` is where the search begins. It ends
 * after `iterations` rounds or when the preconditioned residual has fallen to the share `tolerance` of its start.
 */
export function solveBand(
  alpha: Plane,
  models: LocalModels,
  band: Uint8Array,
  term: DataTerm,
  iterations: i32,
  tolerance: f64,
): Plane {
  const solution = new Plane(alpha.width, alpha.height, alpha.data.slice())
  const count = countOf(band, alpha.width * alpha.height)
  if (count === 0) return solution
  const system = systemOf(alpha, models, band, term.weight, count)
  const unknowns = system.unknowns
  const found = new Float32Array(count)
  for (let k = 0; k < count; k++) found[k] = alpha.data[unknowns[k]!]!
  conjugateGradients(system, found, alpha.data, term.target, iterations, tolerance)
  for (let k = 0; k < count; k++) solution.data[unknowns[k]!] = clamp01(found[k]!)
  return solution
}

function countOf(band: Uint8Array, area: i32): i32 {
  let count = 0
  for (let i = 0; i < area; i++) count += band[i]!
  return count
}

function systemOf(alpha: Plane, models: LocalModels, band: Uint8Array, weight: Float32Array, count: i32): System {
  const width = alpha.width
  const height = alpha.height
  const radius = models.radius
  const full = ((2 * radius + 1) * (2 * radius + 1)) as f64
  const system = new System(models, width * height, count)
  for (let y = 0, i = 0, k = 0; y < height; y++) {
    const rows = min(height - 1, y + radius) - max(0, y - radius) + 1
    for (let x = 0; x < width; x++, i++) {
      if (band[i] === 0) continue
      const columns = min(width - 1, x + radius) - max(0, x - radius) + 1
      system.unknowns[k] = i
      system.windows[k] = ((columns * rows) as f64) / full
      system.diagonal[k] = system.windows[k]! + weight[i]!
      k++
    }
  }
  return system
}

/** (L + D) `plane` at the unknowns: each window votes for its linear model, the data term for the plane itself. */
function multiply(system: System, plane: Float32Array, out: Float32Array): void {
  const unknowns = system.unknowns
  const windows = system.windows
  const diagonal = system.diagonal
  const filtered = system.scratch
  applyLocalModels(system.models, plane, filtered)
  for (let k = 0; k < unknowns.length; k++) {
    const i = unknowns[k]!
    out[k] = diagonal[k]! * plane[i]! - windows[k]! * filtered[i]!
  }
}

/** Improves `solution` in place. The diagonal of L + D is close to `windows + weight`, which preconditions. */
function conjugateGradients(
  system: System,
  solution: Float32Array,
  begin: Float32Array,
  target: Float32Array,
  iterations: i32,
  tolerance: f64,
): void {
  const count = system.unknowns.length
  const residual = new Float32Array(count)
  const step = new Float32Array(count)
  const product = new Float32Array(count)
  // Zero outside the band for good: what lies there is known.
  const direction = new Float32Array(begin.length)
  multiply(system, begin, product)
  let energy = firstStep(system, target, product, residual, step, direction)
  const goal = Math.max(SOLVED, energy * tolerance * tolerance)
  for (let round = 0; round < iterations && energy > goal; round++) {
    multiply(system, direction, product)
    const curvature = dot(step, product)
    if (curvature <= 0) return
    const next = advance(system.diagonal, solution, residual, step, product, energy / curvature)
    turn(system, residual, step, direction, next / energy)
    energy = next
  }
}

/** Writes the residual and the first step; gives the energy. */
function firstStep(
  system: System,
  target: Float32Array,
  product: Float32Array,
  residual: Float32Array,
  step: Float32Array,
  direction: Float32Array,
): f64 {
  const unknowns = system.unknowns
  const windows = system.windows
  const diagonal = system.diagonal
  let energy: f64 = 0
  for (let k = 0; k < unknowns.length; k++) {
    const i = unknowns[k]!
    const value = (diagonal[k]! - windows[k]!) * target[i]! - product[k]!
    residual[k] = value
    step[k] = value / diagonal[k]!
    direction[i] = step[k]!
    energy += value * step[k]!
  }
  return energy
}

function dot(a: Float32Array, b: Float32Array): f64 {
  let sum: f64 = 0
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!
  return sum
}

/** Goes `length` steps; gives the energy there. */
function advance(
  diagonal: Float32Array,
  solution: Float32Array,
  residual: Float32Array,
  step: Float32Array,
  product: Float32Array,
  length: f64,
): f64 {
  let energy: f64 = 0
  for (let k = 0; k < step.length; k++) {
    solution[k]! += length * step[k]!
    const value = residual[k]! - length * product[k]!
    residual[k] = value
    energy += (value * value) / diagonal[k]!
  }
  return energy
}

/** The next step: conjugate to all before it. */
function turn(system: System, residual: Float32Array, step: Float32Array, direction: Float32Array, by: f64): void {
  const unknowns = system.unknowns
  const diagonal = system.diagonal
  for (let k = 0; k < unknowns.length; k++) {
    const value = residual[k]! / diagonal[k]! + by * step[k]!
    step[k] = value
    direction[unknowns[k]!] = value
  }
}
