// The guided filter of planes by local linear models (He, Sun, Tang, "Guided Image Filtering", 2010/2013), again and again on the
// same image: I minus the filter is the large-kernel matting Laplacian (He et al., CVPR 2010).
// One walk down the image: products enter and leave sums down the columns, models are fitted from those, enter and leave sums of
// their own, and those are averaged, all of it only where the band needs it. Compiled to WebAssembly too, where the rows are vectors.

import { min } from '../../pixels/integers.ts'
import type { f64, i32 } from '../../pixels/numbers.ts'
import { type LocalModels, MODEL } from './local-models.ts'
import { addModels, addProducts, averageModels, filterSpan, fitSpan } from './local-rows.ts'

/** Writes the guided filter of `plane` to `target`, in the band and beside it. Both have the image's size. */
export function applyLocalModels(all: LocalModels, plane: Float32Array, target: Float32Array): void {
  walk(all, plane, target, false)
}

/** Writes the window-averaged models of `plane` to `target`, in the band and beside it: four numbers a pixel of the image. */
export function localCoefficients(all: LocalModels, plane: Float32Array, target: Float32Array): void {
  walk(all, plane, target, true)
}

function walk(all: LocalModels, plane: Float32Array, target: Float32Array, asModels: boolean): void {
  const radius = all.radius
  const height = all.height
  all.sums.fill(0)
  all.modelSums.fill(0)
  for (let y = 0; y < min(radius, height); y++) addRowProducts(all, plane, y, 1)
  // Row `y` is fitted, and the row a radius above it has all of its windows.
  for (let y = 0; y < height + radius; y++) {
    if (y < height) {
      if (y + radius < height) addRowProducts(all, plane, y + radius, 1)
      if (y - radius > 0) addRowProducts(all, plane, y - radius - 1, -1)
      fitRow(all, y)
      addRow(all, y, 1)
    }
    const done = y - radius
    if (done < 0) continue
    if (done - radius > 0) addRow(all, done - radius - 1, -1)
    averageRow(all, done, target, asModels)
  }
}

/** Adds (sign 1) or takes away (sign -1) row `y` of the plane and of its products with color. */
function addRowProducts(all: LocalModels, plane: Float32Array, y: i32, sign: f64): void {
  const spans = all.summed
  for (let span = spans.rows[y]!; span < spans.rows[y + 1]!; span++) {
    const left = spans.left[span]!
    const to = (left + all.radius + 1) * MODEL
    addProducts(
      all.sums,
      to,
      all.color,
      spans.place[span]! * 3,
      plane,
      y * all.width + left,
      spans.right[span]! - left,
      sign,
    )
  }
}

/** Index of column `x` of row `y` in the memory for models, a ring of rows. */
function modelAt(all: LocalModels, x: i32, y: i32): i32 {
  return ((y % (2 * all.radius + 2)) * all.width + x) * MODEL
}

function fitRow(all: LocalModels, y: i32): void {
  const spans = all.fitted
  for (let span = spans.rows[y]!; span < spans.rows[y + 1]!; span++) {
    const left = spans.left[span]!
    fitSpan(all, y, left, spans.right[span]!, spans.place[span]!, modelAt(all, left, y))
  }
}

function addRow(all: LocalModels, y: i32, sign: f64): void {
  const spans = all.fitted
  for (let span = spans.rows[y]!; span < spans.rows[y + 1]!; span++) {
    const left = spans.left[span]!
    addModels(
      all.modelSums,
      (left + all.radius + 1) * MODEL,
      all.models,
      modelAt(all, left, y),
      spans.right[span]! - left,
      sign,
    )
  }
}

function averageRow(all: LocalModels, y: i32, target: Float32Array, asModels: boolean): void {
  const spans = all.wanted
  for (let span = spans.rows[y]!; span < spans.rows[y + 1]!; span++) {
    const left = spans.left[span]!
    const right = spans.right[span]!
    const to = y * all.width + left
    if (asModels) averageModels(all, y, left, right, target, to * MODEL)
    else filterSpan(all, y, left, right, all.summed.placeOf(left, y), target, to)
  }
}
