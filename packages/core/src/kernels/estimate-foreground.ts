// Core's `estimateForeground` in WebAssembly, for 8-bit RGB.

import type { ForegroundOptions } from '../matting/foreground/estimate-foreground.ts'
import { CELLS, READS } from '../matting/foreground/strengths.ts'
import type { Plane, Size } from '../pixels/raster.ts'
import { bandCapacity, bandsOf } from './bands.ts'
import type { Instance, InstancePool } from './instance-pool.ts'

/** The data of core's result for `rgb`, the samples of a picture as large as `alpha`. */
export function estimateForeground(
  pool: InstancePool,
  rgb: Uint8Array,
  alpha: Plane,
  { canOverwrite = false }: ForegroundOptions = {},
): Uint8Array {
  return pool.use((instance) => estimateIn(instance, rgb, alpha, canOverwrite ? rgb : new Uint8Array(rgb.length)))
}

/** Overwrites `result`, which may be `rgb`: the grid is solved before anything is changed. */
function estimateIn(instance: Instance, rgb: Uint8Array, alpha: Plane, result: Uint8Array): Uint8Array {
  const { run, allocate, write, read } = instance
  const colors = allocate(bandCapacity(alpha) * 3)
  const opacity = allocate(bandCapacity(alpha) * 4)
  let solved = false
  for (const { top, rows, from, to } of bandsOf(alpha)) {
    const given = rgb.subarray(from * 3, to * 3)
    const restored = result.subarray(from * 3, to * 3)
    write(opacity, alpha.data.subarray(from, to))
    if (run.anySoft(opacity, to - from) === 0) {
      restored.set(given)
      continue
    }
    if (!solved) solveGrid(instance, rgb, alpha)
    solved = true
    write(colors, given)
    for (let row = 0; row < rows; row++) {
      const first = row * alpha.width
      run.restoreRow(colors + first * 3, opacity + first * 4, top + row)
    }
    read(colors, restored)
  }
  return result
}

function solveGrid({ run, allocate, write }: Instance, rgb: Uint8Array, alpha: Plane): void {
  const { width, height } = alpha
  const side = cellSide(alpha)
  const stride = Math.max(1, side / READS)
  const rows = Math.ceil(height / side)
  run.openGrid(width, Math.ceil(width / side), rows, side, stride)
  const colors = allocate((width + 4) * 3)
  const opacity = allocate(width * 4)
  for (let y = 0; y < rows; y++) {
    let count = 0
    for (let v = y * side; v < Math.min(height, (y + 1) * side); v += stride, count++) {
      write(colors, rgb.subarray(v * width * 3, (v + 1) * width * 3))
      write(opacity, alpha.data.subarray(v * width, (v + 1) * width))
      run.averageRow(colors, opacity)
    }
    run.endCells(y, count)
  }
  run.solveGrid()
}

function cellSide({ width, height }: Size): number {
  let side = 1
  while (Math.ceil(width / side) * Math.ceil(height / side) > CELLS) side *= 2
  return side
}
