// The local engine: scales the picture to the network's size, has an inference process run it, hands back coarse alpha.

import {
  type Ctx,
  type Engine,
  type EngineRequest,
  fromLevels,
  networkSize,
  type Segmentation,
  throwIfAborted,
  type Warning,
} from '@koutu/core'
import { inferenceThreads, type StartedInference } from './inference-client.ts'
import { createLane, type LaneOptions, type LocatedModel, shareCalls } from './lane.ts'
import { scaleTo } from './scale-to.ts'

export interface OnnxEngineDeps extends LaneOptions {
  /** The graph to run for a request, ready on disk. Errors: MODEL_*. */
  readonly locate: (request: EngineRequest, ctx: Ctx) => Promise<LocatedModel>
  /** A process that was started in advance, to be used first. The engine ends it. */
  readonly started?: StartedInference | undefined
  /**
   * Networks that run at the same time, each in a process of its own on its share of the processors. One, the default, is
   * soonest done with one picture; several do more pictures in a time, because threads need not wait for each other.
   */
  readonly lanes?: number | undefined
  /**
   * With several lanes: one more network, on all processors, for a request that is alone. It is done sooner than on a share
   * of the processors; requests side by side go to the lanes. Default false.
   */
  readonly soloNetwork?: boolean | undefined
}

const SLOW_RUNTIME = {
  code: 'runtime-wasm',
  message: 'There is no native runtime for this platform, so the network ran as WebAssembly, several times slower.',
} satisfies Warning

export function createOnnxEngine(deps: OnnxEngineDeps): Engine {
  const { locate, idleMs, started, onLoad, device, lanes = 1, soloNetwork = false } = deps
  const share = Math.max(1, Math.floor(inferenceThreads() / lanes))
  const threads = Array.from({ length: lanes }, () => share)
  if (soloNetwork && lanes > 1) threads.unshift(inferenceThreads())
  const all = threads.map((count, i) => createLane(count, { idleMs, onLoad, device }, i === 0 ? started : undefined))
  const shared = all.slice(-lanes)
  const leastBusy = () => {
    // The first is the one on all processors, where there is one.
    if (all.every(({ busy }) => busy === 0)) return all[0]!
    return shared.reduce((best, lane) => (lane.busy < best.busy ? lane : best))
  }

  const locateOnce = shareCalls(locate)
  /** At the size of `fast` where the same graph takes it. In float that would be another file of 176 MB. */
  const smallerThan = async (model: LocatedModel, request: EngineRequest, ctx: Ctx): Promise<LocatedModel> =>
    model.file.precision === 'int8' ? locateOnce({ ...request, precision: 'int8', quality: 'fast' }, ctx) : model

  return {
    specVersion: 1,
    id: 'onnx',
    produces: 'alpha',
    async warm(request, ctx) {
      const model = await locateOnce(request, ctx)
      throwIfAborted(ctx.signal)
      const lane = leastBusy()
      await lane.inTurn(() => lane.ready(model))
    },
    async segment(picture, { asLevels = false, isSecondLook = false, ...request }, ctx) {
      const usual = await locateOnce(request, ctx)
      const model = isSecondLook ? await smallerThan(usual, request, ctx) : usual
      const { file, warnings } = model
      const begin = performance.now()
      const size = networkSize(file.input, picture)
      const pixels = await scaleTo(picture, size.width, size.height)
      const resizeMs = performance.now() - begin
      throwIfAborted(ctx.signal)
      const lane = leastBusy()
      const answer = await lane.inTurn(async () => {
        throwIfAborted(ctx.signal)
        return lane.run(model, (client) => client.call('run', { pixels, ...size, asLevels }, ctx))
      })
      const { width, height } = answer
      // Of a message whose bytes lie around it.
      const levels = answer.alpha instanceof Uint8Array ? new Uint8Array(answer.alpha) : null
      return {
        alpha: { width, height, data: levels ? fromLevels(levels) : (answer.alpha as Float32Array) },
        levels,
        foreground: null,
        model: file.id,
        precision: file.precision,
        timingsMs: { resize: resizeMs, infer: answer.inferMs },
        warnings: answer.isWasm ? [...warnings, SLOW_RUNTIME] : warnings,
      } satisfies Segmentation
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map((lane) => lane.release()))
    },
  }
}
