// Matting networks on this machine: RGB and a trimap in, alpha out, one tile after another, in a process of their own.

import { type Ctx, type Refiners, throwIfAborted } from '@koutu/core'
import { inferenceThreads } from './inference-client.ts'
import { createLane, type LaneOptions, type LocatedModel, shareCalls } from './lane.ts'

export interface OnnxRefinersDeps extends LaneOptions {
  /** The graph of a name, ready on disk. Errors: MODEL_*. */
  readonly locate: (name: string, ctx: Ctx) => Promise<LocatedModel>
}

export function createOnnxRefiners({ locate, ...options }: OnnxRefinersDeps): Refiners {
  const locateOnce = shareCalls(locate)
  const lane = createLane(inferenceThreads(), options)
  return {
    async open(name, ctx) {
      const model = await locateOnce(name, ctx)
      throwIfAborted(ctx.signal)
      await lane.inTurn(() => lane.ready(model))
      const { id, input } = model.file
      return {
        model: id,
        tile: { width: input.width, height: input.height },
        async refine({ rgb, trimap, width, height }, inner) {
          const answer = await lane.inTurn(async () => {
            throwIfAborted(inner.signal)
            return lane.run(model, (client) => client.call('run', { pixels: rgb, trimap, width, height }, inner))
          })
          return { width: answer.width, height: answer.height, data: answer.alpha as Float32Array }
        },
      }
    },
    [Symbol.asyncDispose]: () => lane.release(),
  }
}
