// Core's `refineAlpha` and `decideRegions` in WebAssembly, for 8-bit RGB.

import { CLEAR, GUIDED } from '../matting/edges/upsampler.ts'
import { EFFORTS, type MatteOptions, type RefineOptions } from '../matting/refine-alpha.ts'
import { GRID, type RegionDecision } from '../matting/regions/carry-over.ts'
import { createPlane, type Plane, type Size } from '../pixels/raster.ts'
import { bandCapacity, bandsOf } from './bands.ts'
import type { Instance, InstancePool } from './instance-pool.ts'

/** `rgb`: samples of an image of `size`. */
export function refineAlpha(
  pool: InstancePool,
  coarse: Plane,
  rgb: Uint8Array,
  size: Size,
  options: RefineOptions,
): Plane {
  return pool.use((instance) => refineIn(instance, coarse, rgb, size, options))
}

export function decideRegions(
  pool: InstancePool,
  coarse: Plane,
  rgb: Uint8Array,
  size: Size,
  options: MatteOptions,
): RegionDecision {
  return pool.use((instance) => decideIn(instance, coarse, rgb, size, options))
}

function decideIn(
  instance: Instance,
  coarse: Plane,
  rgb: Uint8Array,
  size: Size,
  { quality }: MatteOptions,
): RegionDecision {
  const { run, put, read } = instance
  sampleGuide(instance, rgb, size, EFFORTS[quality].workingPixels)
  run.decide(put(coarse.data), coarse.width, coarse.height)
  const planeAt = (at: number): Plane => {
    const plane = createPlane(GRID, GRID)
    read(at, plane.data)
    return plane
  }
  const grid = planeAt(run.grid())
  const decided = run.decided() === run.grid() ? grid : planeAt(run.decided())
  return { grid, flatness: planeAt(run.flatness()), decided }
}

function refineIn(
  instance: Instance,
  coarse: Plane,
  rgb: Uint8Array,
  size: Size,
  { quality, regions }: RefineOptions,
): Plane {
  const { run, put, allocate, write, read } = instance
  const { width, height } = size
  const { workingPixels, iterations, fadedPin } = EFFORTS[quality]
  sampleGuide(instance, rgb, size, workingPixels)
  const at = put(coarse.data)
  if (regions) {
    const grid = put(regions.grid.data)
    const decided = regions.decided === regions.grid ? grid : put(regions.decided.data)
    run.useDecision(grid, put(regions.flatness.data), decided)
  } else run.decide(at, coarse.width, coarse.height)
  run.solve(at, coarse.width, coarse.height, iterations, fadedPin)
  const alpha = { width, height, data: new Float32Array(width * height) }
  const colors = allocate(bandCapacity(size) * 3)
  const out = allocate(bandCapacity(size) * 4)
  for (const { top, rows, from, to } of bandsOf(size)) {
    const kind = run.kindOfBand(top, top + rows)
    if (kind === CLEAR) continue
    if (kind === GUIDED) write(colors, rgb.subarray(from * 3, to * 3))
    run.upsampleBand(top, top + rows, colors, out)
    read(out, alpha.data.subarray(from, to))
  }
  return alpha
}

/** Opens the working copy of the image. */
function sampleGuide(
  { run, allocate, write }: Instance,
  rgb: Uint8Array,
  { width, height }: Size,
  workingPixels: number,
): void {
  const rows = run.openRefine(width, height, workingPixels)
  const first = allocate(width * 3)
  const last = allocate(width * 3)
  const copyRow = (row: number, to: number) => write(to, rgb.subarray(row * width * 3, (row + 1) * width * 3))
  for (let y = 0; y < rows; y++) {
    copyRow(run.rowToSample(y, 0), first)
    copyRow(run.rowToSample(y, 1), last)
    run.sampleGuide(y, first, last)
  }
}
