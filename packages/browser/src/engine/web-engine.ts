// The Engine port on onnxruntime-web: chooses the graph, scales the image to the network's size, hands back coarse alpha.

import { KoutuError, throwIfAborted } from '@koutu/core/errors'
import type { Size } from '@koutu/core/pixels'
import type { Ctx, Engine, Segmentation, Warning } from '@koutu/core/ports'
import { networkSize } from '@koutu/core/tensor'
import { scaleRaster } from '../codec/scale.ts'
import type { AssetModel } from '../files/manifest.ts'
import { chooseModel, type Request } from './choose-model.ts'
import type { Runtime, RuntimeFiles } from './runtime.ts'
import { openSession, type Session } from './session.ts'

export interface Provider {
  readonly name: 'wasm' | 'webgpu'
  readonly runtime: Runtime
  readonly warnings: readonly Warning[]
}

export interface WebEngineDeps {
  readonly models: readonly AssetModel[]
  /** Loaded once, at the first call. */
  provider(): Promise<Provider>
  /** Files whose reading is progress of this call. */
  files(ctx: Ctx, id: string): RuntimeFiles
}

/** One network at a time. */
export function createWebEngine({ models, provider, files }: WebEngineDeps): Engine {
  let current: { readonly model: AssetModel; readonly session: Promise<Session> } | null = null
  let turn: Promise<unknown> = Promise.resolve()
  /** Two networks at once on one set of processors are slower than one after the other. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work, work)
    turn = mine.catch(() => {})
    return mine
  }
  const ready = async (model: AssetModel, ctx: Ctx): Promise<Session> => {
    if (current?.model === model) return current.session
    await current?.session.then((session) => session.release()).catch(() => {})
    const { name, runtime } = await provider()
    const session = openSession(runtime, model, name, files(ctx, model.id))
    const next = { model, session }
    current = next
    session.catch(() => {
      if (current === next) current = null
    })
    return session
  }
  const choose = async (request: Request) => chooseModel(models, request, (await provider()).name)
  return {
    specVersion: 1,
    id: 'onnx',
    produces: 'alpha',
    async warm(request, ctx) {
      const { model } = await choose(request)
      throwIfAborted(ctx.signal)
      await inTurn(() => ready(model, ctx))
    },
    async segment({ srgb, ...picture }, request, ctx): Promise<Segmentation> {
      const { model, warnings } = await choose(request)
      const begin = performance.now()
      const size: Size = networkSize(model.input, picture)
      const pixels = scaleRaster(srgb, size, 'lanczos3').data
      if (!(pixels instanceof Uint8Array)) throw new KoutuError('INTERNAL', { detail: 'expected 8-bit sRGB' })
      const resizeMs = performance.now() - begin
      return inTurn(async () => {
        throwIfAborted(ctx.signal)
        const session = await ready(model, ctx)
        const start = performance.now()
        const alpha = await session.run(pixels, size)
        const timingsMs = { resize: resizeMs, infer: performance.now() - start }
        const { name, warnings: more } = await provider()
        const precision = `${model.precision} (${name})`
        return { alpha, foreground: null, model: model.id, precision, timingsMs, warnings: [...more, ...warnings] }
      })
    },
    async [Symbol.asyncDispose]() {
      const session = await current?.session.catch(() => null)
      current = null
      await session?.release()
    },
  }
}
