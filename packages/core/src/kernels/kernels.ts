// The costly steps of a matte in WebAssembly, for the images and sizes they are made for; core's own functions for the rest.

import { typescriptKernels } from '../pipeline/kernels.ts'
import type { MatteKernels, Warning } from '../ports/ports.ts'
import { estimateForeground } from './estimate-foreground.ts'
import type { LoadedKernels } from './load.ts'
import { decideRegions, refineAlpha } from './refine-alpha.ts'
import { removeSpecks } from './remove-specks.ts'
import { surveyAlpha } from './survey-alpha.ts'

/** Pixels beyond which what an instance keeps of an image might cost more memory than it saves time. */
const MOST_PIXELS = 16e6

/** Core's own, with a warning, where the kernels cannot be loaded. Never rejects. */
export async function createKernels(loading: Promise<LoadedKernels>): Promise<MatteKernels> {
  const loaded = await loading
  if (!loaded.pool) return { ...typescriptKernels, warnings: [kernelsUnavailable(loaded.reason)] }
  const { pool } = loaded
  return {
    decideRegions(coarse, guide, options) {
      const { data, channels } = guide
      return data instanceof Uint8Array && channels === 3
        ? decideRegions(pool, coarse, data, guide, options)
        : typescriptKernels.decideRegions(coarse, guide, options)
    },
    refineAlpha(coarse, guide, options) {
      const { data, channels } = guide
      return data instanceof Uint8Array && channels === 3
        ? refineAlpha(pool, coarse, data, guide, options)
        : typescriptKernels.refineAlpha(coarse, guide, options)
    },
    removeSpecks: (alpha, options) =>
      alpha.data.length > MOST_PIXELS
        ? typescriptKernels.removeSpecks(alpha, options)
        : removeSpecks(pool, alpha, options),
    surveyAlpha: (alpha, threshold) => surveyAlpha(pool, alpha, threshold),
    estimateForeground: (color, alpha, options) =>
      color.data instanceof Uint8Array && color.channels === 3
        ? { ...color, data: estimateForeground(pool, color.data, alpha, options) }
        : typescriptKernels.estimateForeground(color, alpha, options),
  }
}

function kernelsUnavailable(reason: string): Warning {
  return {
    code: 'kernels-unavailable',
    message: `The WebAssembly kernels could not be loaded (${reason}). TypeScript was used instead, which takes longer.`,
  }
}
