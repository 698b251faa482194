// The product's own pipeline in this thread, which also hands out what the network said before the matting.

import { readFile } from 'node:fs/promises'
import {
  cutout,
  type Engine,
  type Options,
  type Plane,
  resizePlane,
  resolveOptions,
  type Segmentation,
} from '@koutu/core'
import { createKernels, createSharpCodec } from '@koutu/node'
import { createEngines } from '../engines.ts'
import type { RemoveAlpha } from './evaluate.ts'

const IDLE_MS = 60_000

export interface LocalRemover extends AsyncDisposable {
  readonly remove: RemoveAlpha
}

/** `compares` says whether the network's own answer is wanted. A mask has the alpha of a cut-out, without the colors. */
export function createLocalRemover(options: Options, compares: boolean): LocalRemover {
  const resolved = resolveOptions({ ...options, mask: true })
  const codec = createSharpCodec()
  const engines = createEngines(codec, { idleMs: IDLE_MS, lanes: 1 })
  const kernels = createKernels()
  kernels.catch(() => {})
  return {
    async remove(path, signal) {
      let first: Segmentation | undefined
      const listening = (): Engine => {
        const engine = engines.for(resolved)
        return {
          ...engine,
          async segment(...given) {
            const answer = await engine.segment(...given)
            first ??= answer
            return answer
          },
        }
      }
      const deps = {
        codec,
        engine: listening,
        source: { read: () => Promise.reject(new Error('a mask has no background picture')) },
        clock: { nowMs: () => performance.now() },
        kernels: () => kernels,
      }
      const { alpha, report } = await cutout(() => readFile(path), resolved, deps, signal ? { signal } : {})
      return { alpha, network: compares && first ? atSize(first.alpha, alpha) : null, timingsMs: report.timingsMs }
    },
    [Symbol.asyncDispose]: () => engines[Symbol.asyncDispose](),
  }
}

function atSize(coarse: Plane, { width, height }: Plane): Plane {
  const full = resizePlane(coarse, width, height, 'cubic')
  return { width, height, data: full.data.map((value) => Math.min(1, Math.max(0, value))) }
}
