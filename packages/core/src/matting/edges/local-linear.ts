// The guided filter of planes by local linear models (He, Sun, Tang, "Guided Image Filtering", 2010/2013), tile by tile, again and
// again on the same image: I minus the filter is the large-kernel matting Laplacian (He et al., CVPR 2010).
// Window sums run down the columns and then along each row, all of them in the same loop: no plane lies between the two.
// Compiled to WebAssembly too, where the rows are vectors.

import { max, min } from '../../pixels/integers.ts'
import type { f64, i32, Samples } from '../../pixels/numbers.ts'
import type { Pixels } from '../../pixels/plane.ts'
import { bandTiles } from './band.ts'
import { buildLocalModel, type LocalModel, WINDOW } from './local-model.ts'
import { addCoefficients, coefficientRow, filterRow, fitRow } from './local-rows.ts'

/** The tiles that cover a band, and the memory that they share one after the other. */
export class LocalModels {
  readonly models: LocalModel[] = []
  readonly radius: i32
  /** Red, green, blue and constant coefficient of each pixel of the largest tile. */
  readonly coefficients: Float32Array
  /** Sums down each column, with a margin of empty columns on both sides. */
  readonly columns: Float64Array

  constructor(radius: i32, widest: i32, highest: i32) {
    this.radius = radius
    this.coefficients = new Float32Array(widest * highest * 4)
    this.columns = new Float64Array((widest + 2 * radius + 1) * WINDOW)
  }
}

/** Models for all tiles that `band` touches. `epsilon` is the variance (color in 0..1) below which a window counts as flat. */
export function buildLocalModels<T extends Samples>(
  band: Uint8Array,
  guide: Pixels<T>,
  radius: i32,
  epsilon: f64,
): LocalModels {
  // Small tiles fit a band closely, but the halo of two radii must not cost more than the tile.
  const side = max(48, 8 * radius)
  const tiles = bandTiles(band, guide.width, guide.height, side, 4 * side)
  const halo = 4 * radius
  const all = new LocalModels(radius, min(guide.width, 4 * side + halo), min(guide.height, side + halo))
  for (let i = 0; i < tiles.length; i++) {
    all.models.push(buildLocalModel(guide, tiles[i]!, radius, epsilon, all.columns))
  }
  return all
}

/** Writes the guided filter of `plane` inside the tiles to `target`; both have rows of `stride` pixels. */
export function applyLocalModels(all: LocalModels, plane: Float32Array, stride: i32, target: Float32Array): void {
  for (let m = 0; m < all.models.length; m++) {
    const model = all.models[m]!
    const core = model.core
    const outer = model.outer
    const left = core.left - outer.left
    fitCoefficients(all, model, plane, stride)
    startColumns(all, model)
    for (let y = core.top - outer.top; y < core.top - outer.top + core.height; y++) {
      moveColumns(all, model, y)
      const to = (outer.top + y) * stride + core.left
      filterRow(model, all.columns, all.radius, y, left, target, to)
    }
  }
}

/** Writes the window-averaged coefficients of `plane` inside the tiles to `target`: four numbers a pixel. */
export function localCoefficients(all: LocalModels, plane: Float32Array, stride: i32, target: Float32Array): void {
  for (let m = 0; m < all.models.length; m++) {
    const model = all.models[m]!
    const core = model.core
    const outer = model.outer
    const left = core.left - outer.left
    fitCoefficients(all, model, plane, stride)
    startColumns(all, model)
    for (let y = core.top - outer.top; y < core.top - outer.top + core.height; y++) {
      moveColumns(all, model, y)
      const to = ((outer.top + y) * stride + core.left) * 4
      coefficientRow(model, all.columns, all.radius, y, left, target, to)
    }
  }
}

/** The linear model of `plane` in the window around each pixel of the tile. */
function fitCoefficients(all: LocalModels, model: LocalModel, plane: Float32Array, stride: i32): void {
  const radius = all.radius
  const height = model.outer.height
  const columns = all.columns
  columns.fill(0, 0, (model.outer.width + 2 * radius + 1) * 4)
  for (let y = 0; y < min(radius, height); y++) addProducts(model, plane, stride, y, radius, 1, columns)
  for (let y = 0; y < height; y++) {
    if (y + radius < height) addProducts(model, plane, stride, y + radius, radius, 1, columns)
    if (y - radius > 0) addProducts(model, plane, stride, y - radius - 1, radius, -1, columns)
    fitRow(model, columns, radius, y, all.coefficients)
  }
}

function addProducts(
  model: LocalModel,
  plane: Float32Array,
  stride: i32,
  y: i32,
  radius: i32,
  sign: f64,
  columns: Float64Array,
): void {
  const outer = model.outer
  const color = model.color
  const from = (outer.top + y) * stride + outer.left
  const end = from + outer.width
  for (let j = from, i = y * outer.width * 3, k = (radius + 1) * 4; j < end; j++, i += 3, k += 4) {
    const p = sign * plane[j]!
    columns[k]! += p
    columns[k + 1]! += p * color[i]!
    columns[k + 2]! += p * color[i + 1]!
    columns[k + 3]! += p * color[i + 2]!
  }
}

/** Sums for the windows above the first row of the core. */
function startColumns(all: LocalModels, model: LocalModel): void {
  const radius = all.radius
  const width = model.outer.width
  const top = model.core.top - model.outer.top
  all.columns.fill(0, 0, (width + 2 * radius + 1) * 4)
  for (let y = max(0, top - radius); y < min(model.outer.height, top + radius); y++) {
    addCoefficients(all.columns, all.coefficients, y, width, radius, 1)
  }
}

/** Sums for the windows around row `y` from those around the row above. */
function moveColumns(all: LocalModels, model: LocalModel, y: i32): void {
  const radius = all.radius
  const width = model.outer.width
  const top = model.core.top - model.outer.top
  if (y + radius < model.outer.height) addCoefficients(all.columns, all.coefficients, y + radius, width, radius, 1)
  if (y > top && y - radius > 0) addCoefficients(all.columns, all.coefficients, y - radius - 1, width, radius, -1)
}
