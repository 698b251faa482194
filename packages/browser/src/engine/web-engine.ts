// The Engine port on onnxruntime-web: chooses the graph, scales the image to the network's size, hands back coarse alpha.

import { KoutuError, throwIfAborted, toKoutuError } from '@koutu/core/errors'
import type { EngineRequest } from '@koutu/core/options'
import type { Plane } from '@koutu/core/pixels'
import type { Ctx, Engine, Segmentation } from '@koutu/core/ports'
import { networkSize } from '@koutu/core/tensor'
import { scaleRaster } from '../codec/scale.ts'
import type { AssetStore, OnBytes } from '../files/asset-store.ts'
import type { AssetModel } from '../files/manifest.ts'
import { type Choice, chooseModel } from './choose-model.ts'
import type { Provider } from './provider.ts'
import { openSession, type Session } from './session.ts'

export interface WebEngineDeps {
  readonly models: readonly AssetModel[]
  /** Opened once. */
  provider(onBytes: OnBytes): Promise<Provider>
  /** Another one, after `failed` has failed in the middle of its work; null where there is none. */
  replace(failed: Provider, error: unknown): Promise<Provider | null>
  readonly files: AssetStore
}

interface Current {
  readonly model: AssetModel
  readonly provider: Provider
  readonly session: Promise<Session>
}

/** One network at a time. */
export function createWebEngine({ models, provider, replace, files }: WebEngineDeps): Engine {
  let current: Current | null = null
  let turn: Promise<unknown> = Promise.resolve()
  /** Two networks at once on one set of processors are slower than one after the other. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work, work)
    turn = mine.catch(() => {})
    return mine
  }
  const release = async () => {
    const held = current
    current = null
    await held?.session.then((session) => session.release()).catch(() => {})
  }
  const ready = async (model: AssetModel, opened: Provider, ctx: Ctx): Promise<Session> => {
    if (current?.model === model && current.provider === opened) return current.session
    await release()
    const next: Current = {
      model,
      provider: opened,
      session: openSession(opened, model, files, progressOf(ctx, model.id, model.weights.bytes)),
    }
    current = next
    next.session.catch(() => {
      if (current === next) current = null
    })
    return next.session
  }
  const choose = async (request: EngineRequest, ctx: Ctx): Promise<Choice & { readonly opened: Provider }> => {
    const opened = await provider(progressOf(ctx, 'onnxruntime', null))
    return { ...chooseModel(models, request, opened.name), opened }
  }
  /** Once more on another device where one fails in the middle: graphics processors get lost. */
  const run = async <T>(request: EngineRequest, ctx: Ctx, work: (session: Session, choice: Choice) => Promise<T>) => {
    const first = await choose(request, ctx)
    try {
      return { ...first, result: await work(await ready(first.model, first.opened, ctx), first) }
    } catch (error) {
      const isOurs = toKoutuError(error).code
      if (first.opened.name !== 'webgpu' || isOurs.startsWith('ASSET_') || isOurs === 'ABORTED') throw error
      await release()
      const other = await replace(first.opened, error)
      if (!other) throw error
      const second = { ...chooseModel(models, request, other.name), opened: other }
      return { ...second, result: await work(await ready(second.model, other, ctx), second) }
    }
  }
  return {
    specVersion: 1,
    id: 'onnx',
    produces: 'alpha',
    async warm(request, ctx) {
      await inTurn(() => run(request, ctx, async () => null))
    },
    async segment({ srgb, ...picture }, request, ctx): Promise<Segmentation> {
      let resizeMs = 0
      let inferMs = 0
      const work = async (session: Session, { model }: Choice): Promise<Plane> => {
        throwIfAborted(ctx.signal)
        const begin = performance.now()
        const size = networkSize(model.input, picture)
        const pixels = scaleRaster(srgb, size, 'lanczos3').data
        if (!(pixels instanceof Uint8Array)) throw new KoutuError('INTERNAL', { detail: 'expected 8-bit sRGB' })
        const start = performance.now()
        const alpha = await session.run(pixels, size)
        resizeMs = start - begin
        inferMs = performance.now() - start
        return alpha
      }
      const { result, model, warnings, opened } = await inTurn(() => run(request, ctx, work))
      return {
        alpha: result,
        foreground: null,
        model: model.id,
        precision: `${model.precision} on ${opened.name}${opened.threads > 1 ? ` x ${opened.threads}` : ''}`,
        timingsMs: { resize: resizeMs, infer: inferMs },
        warnings: [...opened.warnings, ...warnings, ...files.warnings],
      }
    },
    [Symbol.asyncDispose]: release,
  }
}

/** Bytes as events of a model that is being loaded. */
function progressOf({ onEvent }: Ctx, id: string, total: number | null): OnBytes {
  return (phase, done) => onEvent?.({ type: 'model', id, phase, done, total })
}
