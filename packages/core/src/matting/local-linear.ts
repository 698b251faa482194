// The local linear model of the guided filter: in every window, alpha is a linear function of color (He, Sun, Tang,
// "Guided Image Filtering", 2010/2013, color guide). What depends on the picture alone is computed once per tile, so that
// the filter can be applied again and again: I minus the filter is the large-kernel matting Laplacian (He et al., CVPR 2010).

import { type BoxScratch, boxMean, createBoxScratch } from '../pixels/box-filter.ts'
import type { Box, Plane, Raster } from '../pixels/raster.ts'

/** What depends on the picture alone, for one tile and its halo. */
export interface LocalModel {
  /** The pixels this model answers for. */
  readonly core: Box
  /** `core` and two radii around it, cut at the picture's border. */
  readonly outer: Box
  readonly radius: number
  /** Guide color in 0..1, its window means, and the six entries of the inverse window covariance. */
  readonly color: readonly Float32Array[]
  readonly mean: readonly Float32Array[]
  readonly inverse: readonly Float32Array[]
}

/** Memory that tiles share one after the other. */
export interface Workspace {
  readonly area: number
  readonly box: BoxScratch
  readonly planes: readonly Float32Array[]
}

export function createWorkspace(width: number, height: number): Workspace {
  const area = width * height
  return {
    area,
    box: createBoxScratch(width, height),
    planes: Array.from({ length: 6 }, () => new Float32Array(area)),
  }
}

function outerBox(core: Box, halo: number, width: number, height: number): Box {
  const left = Math.max(0, core.left - halo)
  const top = Math.max(0, core.top - halo)
  return {
    left,
    top,
    width: Math.min(width, core.left + core.width + halo) - left,
    height: Math.min(height, core.top + core.height + halo) - top,
  }
}

/** `epsilon` is the variance (color in 0..1) below which a window counts as flat. */
export function buildLocalModel(
  guide: Raster,
  core: Box,
  radius: number,
  epsilon: number,
  workspace: Workspace,
): LocalModel {
  const outer = outerBox(core, 2 * radius, guide.width, guide.height)
  const { width, height } = outer
  const area = width * height
  const color = [0, 1, 2].map((channel) => cutChannel(guide, outer, channel))
  const average = (source: Float32Array): Float32Array => {
    const target = new Float32Array(area)
    boxMean(source, target, width, height, radius, workspace.box)
    return target
  }
  const product = workspace.planes[0]!
  const averageOfProduct = (a: Float32Array, b: Float32Array): Float32Array => {
    for (let i = 0; i < area; i++) product[i] = a[i]! * b[i]!
    return average(product)
  }
  const [r, g, b] = color as [Float32Array, Float32Array, Float32Array]
  const mean = color.map(average)
  const inverse = [
    averageOfProduct(r, r),
    averageOfProduct(r, g),
    averageOfProduct(r, b),
    averageOfProduct(g, g),
    averageOfProduct(g, b),
    averageOfProduct(b, b),
  ]
  invertCovariance(inverse, mean, area, epsilon)
  return { core, outer, radius, color, mean, inverse }
}

function cutChannel(guide: Raster, box: Box, channel: number): Float32Array {
  const out = new Float32Array(box.width * box.height)
  const { channels, data } = guide
  const scale = 1 / (data instanceof Uint16Array ? 65535 : 255)
  const offset = channels === 1 ? 0 : channel
  for (let y = 0, i = 0; y < box.height; y++) {
    let from = ((box.top + y) * guide.width + box.left) * channels + offset
    for (let x = 0; x < box.width; x++, i++, from += channels) out[i] = data[from]! * scale
  }
  return out
}

/** Raw second moments in, inverse of (covariance + epsilon) out, by cofactors. */
function invertCovariance(
  moments: readonly Float32Array[],
  mean: readonly Float32Array[],
  area: number,
  epsilon: number,
): void {
  const [rr, rg, rb, gg, gb, bb] = moments as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ]
  const [mr, mg, mb] = mean as [Float32Array, Float32Array, Float32Array]
  for (let i = 0; i < area; i++) {
    const r = mr[i]!
    const g = mg[i]!
    const b = mb[i]!
    const a00 = rr[i]! - r * r + epsilon
    const a01 = rg[i]! - r * g
    const a02 = rb[i]! - r * b
    const a11 = gg[i]! - g * g + epsilon
    const a12 = gb[i]! - g * b
    const a22 = bb[i]! - b * b + epsilon
    const c00 = a11 * a22 - a12 * a12
    const c01 = a02 * a12 - a01 * a22
    const c02 = a01 * a12 - a02 * a11
    const scale = 1 / (a00 * c00 + a01 * c01 + a02 * c02)
    rr[i] = c00 * scale
    rg[i] = c01 * scale
    rb[i] = c02 * scale
    gg[i] = (a00 * a22 - a02 * a02) * scale
    gb[i] = (a01 * a02 - a00 * a12) * scale
    bb[i] = (a00 * a11 - a01 * a01) * scale
  }
}

/**
 * Window-averaged linear coefficients of `plane` over the model's tile (its outer box): red, green, blue, constant.
 * They live in the workspace until its next use, and are exact inside the core only.
 */
export function localCoefficients(model: LocalModel, plane: Plane, workspace: Workspace): readonly Float32Array[] {
  const { outer, radius, color, mean, inverse } = model
  const { width, height } = outer
  const area = width * height
  const [p, product, ar, ag, ab, constant] = workspace.planes as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ]
  for (let y = 0, i = 0; y < height; y++) {
    const from = (outer.top + y) * plane.width + outer.left
    for (let x = 0; x < width; x++, i++) p[i] = plane.data[from + x]!
  }
  const covariances = [ar, ag, ab] as const
  for (let channel = 0; channel < 3; channel++) {
    const source = color[channel]!
    for (let i = 0; i < area; i++) product[i] = p[i]! * source[i]!
    boxMean(product, covariances[channel]!, width, height, radius, workspace.box)
  }
  boxMean(p, p, width, height, radius, workspace.box)
  const [mr, mg, mb] = mean as [Float32Array, Float32Array, Float32Array]
  const [rr, rg, rb, gg, gb, bb] = inverse as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ]
  for (let i = 0; i < area; i++) {
    const q = p[i]!
    const r = mr[i]!
    const g = mg[i]!
    const b = mb[i]!
    const vr = ar[i]! - r * q
    const vg = ag[i]! - g * q
    const vb = ab[i]! - b * q
    const kr = rr[i]! * vr + rg[i]! * vg + rb[i]! * vb
    const kg = rg[i]! * vr + gg[i]! * vg + gb[i]! * vb
    const kb = rb[i]! * vr + gb[i]! * vg + bb[i]! * vb
    ar[i] = kr
    ag[i] = kg
    ab[i] = kb
    constant[i] = q - kr * r - kg * g - kb * b
  }
  const coefficients = [ar, ag, ab, constant]
  for (const plane of coefficients) boxMean(plane, plane, width, height, radius, workspace.box)
  return coefficients
}

/** The guided filter of `plane` inside the model's core, written to `target`, a plane of the picture's size. */
export function applyLocalModel(model: LocalModel, plane: Plane, target: Plane, workspace: Workspace): void {
  const { core, outer, color } = model
  const [ar, ag, ab, constant] = localCoefficients(model, plane, workspace) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ]
  const [r, g, b] = color as [Float32Array, Float32Array, Float32Array]
  for (let y = core.top; y < core.top + core.height; y++) {
    let i = (y - outer.top) * outer.width + core.left - outer.left
    let to = y * target.width + core.left
    for (let x = 0; x < core.width; x++, i++, to++) {
      target.data[to] = ar[i]! * r[i]! + ag[i]! * g[i]! + ab[i]! * b[i]! + constant[i]!
    }
  }
}
