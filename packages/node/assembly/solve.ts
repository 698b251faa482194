// As core's matting/solve-matte.ts.

import { DataTerm } from './data-term'
import { byte, copyFloats, float, floats, int, setFloat, setInt } from './memory'
import { applyModel, Models } from './models'

class System {
  constructor(
    public all: Models,
    public width: i32,
    public height: i32,
    public count: i32,
  ) {}
  unknowns: usize
  windows: usize
  diagonal: usize
  scratch: usize
}

export function solveBand(
  alpha: usize,
  width: i32,
  height: i32,
  all: Models,
  band: usize,
  term: DataTerm,
  iterations: i32,
): usize {
  const area = width * height
  const solution = copyFloats(alpha, area)
  let count = 0
  for (let i = 0; i < area; i++) count += byte(band, i)
  if (all.models.length === 0 || count === 0) return solution
  const system = new System(all, width, height, count)
  system.unknowns = floats(count)
  system.windows = floats(count)
  system.diagonal = floats(count)
  system.scratch = floats(area)
  const start = floats(count)
  const radius = all.radius
  const full: f64 = <f64>((2 * radius + 1) * (2 * radius + 1))
  for (let i = 0, k = 0; i < area; i++) {
    if (byte(band, i) === 0) continue
    const x = i % width
    const y = i / width
    const columns = min(width - 1, x + radius) - max(0, x - radius) + 1
    const rows = min(height - 1, y + radius) - max(0, y - radius) + 1
    const share = <f32>(<f64>(columns * rows) / full)
    setInt(system.unknowns, k, i)
    setFloat(system.windows, k, share)
    setFloat(system.diagonal, k, <f32>(<f64>share + <f64>float(term.weight, i)))
    setFloat(start, k, float(alpha, i))
    k++
  }
  conjugateGradients(system, start, alpha, term.target, iterations)
  for (let k = 0; k < count; k++) {
    const value = float(start, k)
    setFloat(solution, int(system.unknowns, k), value < 0 ? 0 : value > 1 ? 1 : value)
  }
  return solution
}

function multiply(system: System, plane: usize, out: usize): void {
  const all = system.all
  for (let m = 0; m < all.models.length; m++) applyModel(all, all.models[m], plane, system.width, system.scratch)
  for (let k = 0; k < system.count; k++) {
    const i = int(system.unknowns, k)
    const own = <f64>float(system.diagonal, k) * <f64>float(plane, i)
    setFloat(out, k, <f32>(own - <f64>float(system.windows, k) * <f64>float(system.scratch, i)))
  }
}

function conjugateGradients(system: System, solution: usize, alpha: usize, target: usize, iterations: i32): void {
  const residual = floats(system.count)
  const step = floats(system.count)
  const product = floats(system.count)
  const direction = floats(system.width * system.height)
  multiply(system, alpha, product)
  let energy = begin(system, target, product, residual, step, direction)
  for (let round = 0; round < iterations && energy > 1e-12; round++) {
    multiply(system, direction, product)
    const curvature = dot(step, product, system.count)
    if (curvature <= 0) return
    const next = advance(system, solution, residual, step, product, energy / curvature)
    turn(system, residual, step, direction, next / energy)
    energy = next
  }
}

function begin(system: System, target: usize, product: usize, residual: usize, step: usize, direction: usize): f64 {
  let energy: f64 = 0
  for (let k = 0; k < system.count; k++) {
    const i = int(system.unknowns, k)
    const diagonal = <f64>float(system.diagonal, k)
    const weight = diagonal - <f64>float(system.windows, k)
    const value = weight * <f64>float(target, i) - <f64>float(product, k)
    setFloat(residual, k, <f32>value)
    const first = <f32>(value / diagonal)
    setFloat(step, k, first)
    setFloat(direction, i, first)
    energy += value * <f64>first
  }
  return energy
}

function dot(a: usize, b: usize, count: i32): f64 {
  let sum: f64 = 0
  for (let k = 0; k < count; k++) sum += <f64>float(a, k) * <f64>float(b, k)
  return sum
}

function advance(system: System, solution: usize, residual: usize, step: usize, product: usize, length: f64): f64 {
  let next: f64 = 0
  for (let k = 0; k < system.count; k++) {
    setFloat(solution, k, <f32>(<f64>float(solution, k) + length * <f64>float(step, k)))
    const value = <f64>float(residual, k) - length * <f64>float(product, k)
    setFloat(residual, k, <f32>value)
    next += (value * value) / <f64>float(system.diagonal, k)
  }
  return next
}

function turn(system: System, residual: usize, step: usize, direction: usize, by: f64): void {
  for (let k = 0; k < system.count; k++) {
    const rest = <f64>float(residual, k) / <f64>float(system.diagonal, k)
    const value = <f32>(rest + by * <f64>float(step, k))
    setFloat(step, k, value)
    setFloat(direction, int(system.unknowns, k), value)
  }
}
