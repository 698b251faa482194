// The costly steps of a matte in WebAssembly, for the pictures and sizes they are made for; core's own functions for the rest.

import { type MatteKernels, typescriptKernels } from '@koutu/core'
import { estimateForeground } from './estimate-foreground.ts'
import { compileKernels } from './instance.ts'
import { overNothing } from './over-nothing.ts'
import { removeSpecks } from './remove-specks.ts'

/** Pixels beyond which a plane's runs in an instance might cost more memory than they save time. */
const MOST_PIXELS = 16e6

/** Errors: INTERNAL when this runtime has no WebAssembly with SIMD. */
export async function createKernels(): Promise<MatteKernels> {
  const module = await compileKernels()
  return {
    ...typescriptKernels,
    removeSpecks: (alpha, options) =>
      alpha.data.length > MOST_PIXELS
        ? typescriptKernels.removeSpecks(alpha, options)
        : removeSpecks(module, alpha, options),
    estimateForeground: (color, alpha) =>
      color.data instanceof Uint8Array && color.channels === 3
        ? { ...color, data: estimateForeground(module, color.data, alpha) }
        : typescriptKernels.estimateForeground(color, alpha),
    overNothing: (foreground, alpha) =>
      foreground.data instanceof Uint8Array
        ? overNothing(module, foreground.data, alpha)
        : typescriptKernels.overNothing(foreground, alpha),
  }
}
