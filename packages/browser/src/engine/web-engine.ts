// The Engine port in the browser: chooses the graph, scales the image to the network's size, hands back coarse alpha.

import { KoutuError, throwIfAborted } from '@koutu/core/errors'
import type { LoadedKernels } from '@koutu/core/kernels'
import type { EngineRequest } from '@koutu/core/options'
import type { Plane } from '@koutu/core/pixels'
import type { Engine, Segmentation } from '@koutu/core/ports'
import { networkSize } from '@koutu/core/tensor'
import { scaleTo } from '../codec/scale-to.ts'
import type { AssetStore } from '../files/asset-store.ts'
import type { AssetModel } from '../files/manifest.ts'
import { chooseModel } from './choose-model.ts'
import type { Choose, Lane } from './lane.ts'
import type { Session } from './runner.ts'

export interface WebEngineDeps {
  readonly models: readonly AssetModel[]
  readonly lane: Lane
  readonly files: Pick<AssetStore, 'warnings'>
  readonly kernels: () => Promise<LoadedKernels>
}

export function createWebEngine({ models, lane, files, kernels }: WebEngineDeps): Engine {
  const choose =
    (request: EngineRequest): Choose =>
    (device) =>
      chooseModel(models, request, device)
  return {
    specVersion: 1,
    id: 'onnx',
    produces: 'alpha',
    async warm(request, ctx) {
      await lane.run(choose(request), ctx, async () => null)
    },
    async segment({ srgb, ...picture }, request, ctx): Promise<Segmentation> {
      let resizeMs = 0
      let inferMs = 0
      const loading = kernels()
      const work = async (session: Session, { input }: AssetModel): Promise<Plane> => {
        throwIfAborted(ctx.signal)
        const begin = performance.now()
        const size = networkSize(input, picture)
        const pixels = scaleTo(await loading, srgb, size).data
        if (!(pixels instanceof Uint8Array)) throw new KoutuError('INTERNAL', { detail: 'expected 8-bit sRGB' })
        const start = performance.now()
        const alpha = await session.run(pixels, size)
        resizeMs = start - begin
        inferMs = performance.now() - start
        return alpha
      }
      const { result, model, warnings, opened } = await lane.run(choose(request), ctx, work)
      return {
        alpha: result,
        foreground: null,
        model: model.id,
        precision: `${model.precision} on ${opened.name}${opened.threads > 1 ? ` x ${opened.threads}` : ''}`,
        timingsMs: { resize: resizeMs, infer: inferMs },
        warnings: [...opened.warnings, ...warnings, ...files.warnings],
      }
    },
    [Symbol.asyncDispose]: lane.release,
  }
}
