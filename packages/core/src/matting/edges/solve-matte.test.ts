import { describe, expect, it } from 'vitest'
import { createPlane, type Plane, type Raster } from '../../pixels/raster.ts'
import { random } from '../scenes.fixture.ts'
import { solveMatte } from './solve-matte.ts'

const SIZE = 24
const RADIUS = 2
const EPSILON = 1e-3

/** The matting Laplacian entry by entry from equation 5 of Levin et al. (eps not divided by the window size, as in He et al.). */
function denseLaplacian(guide: Raster): Float64Array[] {
  const n = SIZE * SIZE
  const laplacian = Array.from({ length: n }, () => new Float64Array(n))
  for (let k = 0; k < n; k++) {
    const [cx, cy] = [k % SIZE, Math.floor(k / SIZE)]
    const pixels: number[] = []
    for (let y = Math.max(0, cy - RADIUS); y <= Math.min(SIZE - 1, cy + RADIUS); y++)
      for (let x = Math.max(0, cx - RADIUS); x <= Math.min(SIZE - 1, cx + RADIUS); x++) pixels.push(y * SIZE + x)
    const count = pixels.length
    const color = pixels.map((i) => [0, 1, 2].map((c) => guide.data[i * 3 + c]! / 255))
    const mean = [0, 1, 2].map((c) => color.reduce((sum, v) => sum + v[c]!, 0) / count)
    const centered = color.map((v) => v.map((value, c) => value - mean[c]!))
    const covariance = [0, 1, 2].map((a) =>
      [0, 1, 2].map((b) => centered.reduce((sum, v) => sum + v[a]! * v[b]!, 0) / count + (a === b ? EPSILON : 0)),
    )
    const inverse = invert(covariance)
    for (let i = 0; i < count; i++)
      for (let j = 0; j < count; j++) {
        let affinity = 1
        for (let a = 0; a < 3; a++)
          for (let b = 0; b < 3; b++) affinity += centered[i]![a]! * inverse[a]![b]! * centered[j]![b]!
        laplacian[pixels[i]!]![pixels[j]!]! += (i === j ? 1 : 0) - affinity / count
      }
  }
  // In units of one full window.
  for (const row of laplacian) for (let j = 0; j < n; j++) row[j]! /= (2 * RADIUS + 1) ** 2
  return laplacian
}

function invert(matrix: number[][]): number[][] {
  const n = matrix.length
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))])
  for (let k = 0; k < n; k++) {
    const pivot = rows[k]![k]!
    for (let j = 0; j < 2 * n; j++) rows[k]![j]! /= pivot
    for (let i = 0; i < n; i++) {
      if (i === k) continue
      const factor = rows[i]![k]!
      for (let j = 0; j < 2 * n; j++) rows[i]![j]! -= factor * rows[k]![j]!
    }
  }
  return rows.map((row) => row.slice(n))
}

/** Cholesky, for the symmetric positive definite system of the unknowns. */
function solveDense(matrix: number[][], right: number[]): number[] {
  const n = right.length
  const l = Array.from({ length: n }, () => new Float64Array(n))
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i]![j]!
      for (let k = 0; k < j; k++) sum -= l[i]![k]! * l[j]![k]!
      l[i]![j] = i === j ? Math.sqrt(sum) : sum / l[j]![j]!
    }
  const y = [...right]
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) y[i]! -= l[i]![k]! * y[k]!
    y[i]! /= l[i]![i]!
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) y[i]! -= l[k]![i]! * y[k]!
    y[i]! /= l[i]![i]!
  }
  return y
}

function picture(): { alpha: Plane; guide: Raster; band: Uint8Array } {
  const next = random(11)
  const alpha = createPlane(SIZE, SIZE)
  const data = new Uint8Array(SIZE * SIZE * 3)
  const band = new Uint8Array(SIZE * SIZE)
  for (let i = 0; i < alpha.data.length; i++) {
    const x = i % SIZE
    const subject = x + 3 * Math.sin(Math.floor(i / SIZE) / 4) > SIZE / 2
    for (let c = 0; c < 3; c++) data[i * 3 + c] = (subject ? 170 : 60) + 20 * c + 40 * next()
    alpha.data[i] = Math.min(1, Math.max(0, (x - 6) / 12))
    band[i] = x >= 4 && x < 20 ? 1 : 0
  }
  return { alpha, guide: { width: SIZE, height: SIZE, channels: 3, alpha: 'none', data }, band }
}

describe('solveMatte', () => {
  it('equals the dense closed-form solution on 24 x 24', () => {
    const { alpha, guide, band } = picture()
    const laplacian = denseLaplacian(guide)
    const unknowns = [...band.keys()].filter((i) => band[i] === 1)
    const known = [...band.keys()].filter((i) => band[i] === 0)
    const weight = (i: number) => (alpha.data[i]! < 0.02 || alpha.data[i]! > 0.98 ? 10 : 0.05)
    const matrix = unknowns.map((i) => unknowns.map((j) => laplacian[i]![j]! + (i === j ? weight(i) : 0)))
    const right = unknowns.map(
      (i) => weight(i) * alpha.data[i]! - known.reduce((sum, j) => sum + laplacian[i]![j]! * alpha.data[j]!, 0),
    )
    const exact = solveDense(matrix, right)
    const solved = solveMatte(alpha, guide, {
      radiusPx: RADIUS,
      epsilon: EPSILON,
      band,
      trust: 0.05,
      trustSure: 10,
      iterations: 300,
    })
    unknowns.forEach((i, k) => {
      expect(solved.data[i]).toBeCloseTo(Math.min(1, Math.max(0, exact[k]!)), 3)
    })
    for (const i of known) expect(solved.data[i]).toBe(alpha.data[i])
    // The test would prove little if the solution were the input.
    expect(Math.max(...unknowns.map((i) => Math.abs(solved.data[i]! - alpha.data[i]!)))).toBeGreaterThan(0.2)
  })
})
