// The product's own pipeline in this thread, and beside it what the plain network says in 32-bit floats.

import { type Engine, type Plane, resizePlane, type Segmentation } from '@koutu/core'
import { createSharpCodec } from '@koutu/node'
import { createEngines } from '../engines.ts'
import { type Options, resolve } from '../options.ts'
import { openPipeline } from '../pipeline.ts'
import type { RemoveAlpha } from './evaluate.ts'

const SETTINGS = { idleMs: 60_000, lanes: 1, soloNetwork: false }

export interface LocalRemover extends AsyncDisposable {
  readonly remove: RemoveAlpha
}

/**
 * `compares` says whether the plain network's answer is wanted: one pass in fp32 at its full input size, whatever the options
 * are, so that every variant is compared with the same thing. A mask has the alpha of a cutout, without the colors.
 */
export function createLocalRemover(options: Options, compares: boolean): LocalRemover {
  const resolved = resolve({ ...options, mask: true })
  const pipeline = openPipeline(SETTINGS)
  // In a process of its own: one holds one network, and would load the other anew for each image.
  const beside = createEngines(createSharpCodec(), SETTINGS)
  return {
    async remove(path, signal) {
      let plain: Segmentation | undefined
      const listening = (engine: Engine): Engine => ({
        ...engine,
        async segment(picture, request, ctx) {
          const answer = await engine.segment(picture, request, ctx)
          if (compares) plain ??= await plainAnswer(beside.for(resolved), answer, picture, request, ctx)
          return answer
        },
      })
      const ctx = signal ? { signal } : {}
      const { alpha, report } = await pipeline.cutout({ location: path }, resolved, ctx, { around: listening })
      return { alpha, network: plain ? atSize(plain.alpha, alpha) : null, timingsMs: report.timingsMs }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([pipeline, beside].map((one) => one[Symbol.asyncDispose]()))
    },
  }
}

/** A service has one kind of answer, which costs money: it is asked once. */
async function plainAnswer(
  engine: Engine,
  answer: Segmentation,
  ...[picture, request, ctx]: Parameters<Engine['segment']>
): Promise<Segmentation> {
  const isPlain = answer.precision === 'fp32' && request.quality !== 'fast'
  if (engine.id !== 'onnx' || isPlain) return answer
  return engine.segment(picture, { ...request, precision: 'fp32', quality: 'balanced' }, ctx)
}

function atSize(coarse: Plane, { width, height }: Plane): Plane {
  const full = resizePlane(coarse, width, height, 'cubic')
  return { width, height, data: full.data.map((value) => Math.min(1, Math.max(0, value))) }
}
