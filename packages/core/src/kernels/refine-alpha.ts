// Core's `refineAlpha` in WebAssembly, for 8-bit RGB.

import { CLEAR, GUIDED } from '../matting/edges/upsampler.ts'
import type { Plane, Size } from '../pixels/raster.ts'
import { bandCapacity, bandsOf } from './bands.ts'
import type { Instance, InstancePool } from './instance-pool.ts'

interface Effort {
  readonly iterations: number
  readonly workingPixels: number
  readonly fadedPin: number
}

/** `rgb`: samples of an image of `size`. */
export function refineAlpha(pool: InstancePool, coarse: Plane, rgb: Uint8Array, size: Size, effort: Effort): Plane {
  return pool.use((instance) => refineIn(instance, coarse, rgb, size, effort))
}

function refineIn(instance: Instance, coarse: Plane, rgb: Uint8Array, size: Size, effort: Effort): Plane {
  const { run, put, allocate, write, read } = instance
  const { width, height } = size
  sampleGuide(instance, rgb, size, run.openRefine(width, height, effort.workingPixels))
  run.solve(put(coarse.data), coarse.width, coarse.height, effort.iterations, effort.fadedPin)
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

function sampleGuide({ run, allocate, write }: Instance, rgb: Uint8Array, { width }: Size, rows: number): void {
  const first = allocate(width * 3)
  const last = allocate(width * 3)
  const copyRow = (row: number, to: number) => write(to, rgb.subarray(row * width * 3, (row + 1) * width * 3))
  for (let y = 0; y < rows; y++) {
    copyRow(run.rowToSample(y, 0), first)
    copyRow(run.rowToSample(y, 1), last)
    run.sampleGuide(y, first, last)
  }
}
