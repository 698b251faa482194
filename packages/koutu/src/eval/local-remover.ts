// The product's own pipeline in this thread, and beside it what the plain network says in 32-bit floats.

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

/**
 * `compares` says whether the plain network's answer is wanted: one pass in fp32 at its full input size, whatever the options
 * are, so that every variant is compared with the same thing. A mask has the alpha of a cutout, without the colors.
 */
export function createLocalRemover(options: Options, compares: boolean): LocalRemover {
  const resolved = resolveOptions({ ...options, mask: true })
  const codec = createSharpCodec()
  const engines = createEngines(codec, { idleMs: IDLE_MS, lanes: 1 })
  const kernels = createKernels()
  kernels.catch(() => {})
  return {
    async remove(path, signal) {
      let plain: Segmentation | undefined
      const listening = (): Engine => {
        const engine = engines.for(resolved)
        return {
          ...engine,
          async segment(picture, given, ctx) {
            const answer = await engine.segment(picture, given, ctx)
            if (compares) plain ??= await plainAnswer(engine, answer, picture, given, ctx)
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
      return { alpha, network: plain ? atSize(plain.alpha, alpha) : null, timingsMs: report.timingsMs }
    },
    [Symbol.asyncDispose]: () => engines[Symbol.asyncDispose](),
  }
}

/** A service has one kind of answer, which costs money: it is asked once. */
async function plainAnswer(
  engine: Engine,
  answer: Segmentation,
  ...[picture, options, ctx]: Parameters<Engine['segment']>
): Promise<Segmentation> {
  const isPlain = answer.precision === 'fp32' && options.quality !== 'fast'
  if (options.engine !== 'onnx' || isPlain) return answer
  return engine.segment(picture, { ...options, precision: 'fp32', quality: 'balanced' }, ctx)
}

function atSize(coarse: Plane, { width, height }: Plane): Plane {
  const full = resizePlane(coarse, width, height, 'cubic')
  return { width, height, data: full.data.map((value) => Math.min(1, Math.max(0, value))) }
}
