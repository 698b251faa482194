// The costly steps of a matte in WebAssembly, for the pictures and sizes they are made for; core's own functions for the rest.

import { EFFORTS, type MatteKernels, type MatteQuality, type Plane, type Raster, typescriptKernels } from '@koutu/core'
import { estimateForeground } from './estimate-foreground.ts'
import { compileKernels, createInstance } from './instance.ts'
import { removeSpecks } from './remove-specks.ts'
import type { WasmModule } from './webassembly.ts'

/** Pixels beyond which what an instance keeps of a picture might cost more memory than it saves time. */
const MOST_PIXELS = 16e6

/** Errors: INTERNAL when this runtime has no WebAssembly with SIMD. */
export async function createKernels(): Promise<MatteKernels> {
  const module = await compileKernels()
  return {
    refineAlpha: (coarse, guide, options) => refineAlpha(module, coarse, guide, options.quality),
    removeSpecks: (alpha, options) =>
      alpha.data.length > MOST_PIXELS
        ? typescriptKernels.removeSpecks(alpha, options)
        : removeSpecks(module, alpha, options),
    estimateForeground: (color, alpha) =>
      color.data instanceof Uint8Array && color.channels === 3
        ? { ...color, data: estimateForeground(module, color.data, alpha) }
        : typescriptKernels.estimateForeground(color, alpha),
  }
}

/** Pictures no larger than the working copy take another way, and cost little. */
function refineAlpha(module: WasmModule, coarse: Plane, guide: Raster, quality: MatteQuality): Plane {
  const { width, height, channels, data } = guide
  const { iterations, workingPixels } = EFFORTS[quality]
  const area = width * height
  if (!(data instanceof Uint8Array) || channels !== 3 || area <= workingPixels || area > MOST_PIXELS)
    return typescriptKernels.refineAlpha(coarse, guide, { quality })
  const { run, put, floats } = createInstance(module)
  const alpha = run.refineAlpha(
    put(coarse.data),
    coarse.width,
    coarse.height,
    put(data),
    width,
    height,
    iterations,
    workingPixels,
  )
  return { width, height, data: floats(alpha, area) }
}
