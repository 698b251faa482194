// koutu's own engine for int8 networks that the folder has a plan of: direct convolutions of bytes, on threads that share one memory,
// which is as large as the plan says.

import { toAlpha } from '@koutu/core/tensor'
import type { AssetStore } from '../../files/asset-store.ts'
import type { AssetIntegers } from '../../files/manifest.ts'
import { freeBuffer } from '../../free-buffer.ts'
import { invalid, invalidIfFails, type Runner } from '../runner.ts'
import { openNetwork, type ProductKind } from './network.ts'
import { startThreads } from './threads.ts'

export interface IntegerSettings {
  readonly products: ProductKind
  readonly threads: number
}

/** It has one network open at a time. Errors: ASSET_*, ENGINE_UNAVAILABLE, and those of the browser's WebAssembly. */
export async function openIntegers(
  { script, wasm, wide }: AssetIntegers,
  { products, threads: count }: IntegerSettings,
  files: AssetStore,
): Promise<Runner> {
  const others = count - 1
  const starting = others > 0 ? startThreads(files.urlOf(script), others) : null
  const [code, threads] = await Promise.all([files.read(products === 'wide' ? wide : wasm), starting])
  const engine = await WebAssembly.compile(code)
  freeBuffer(code.buffer)
  return {
    async open(model, _, onBytes) {
      if (!model.plan) throw invalid(model, 'it has no plan')
      const [plan, weights] = await Promise.all([files.read(model.plan), files.read(model.weights, onBytes)])
      const network = await invalidIfFails(model, openNetwork(engine, plan, weights, { products, others }))
      for (const { buffer } of [plan, weights]) freeBuffer(buffer)
      await threads?.serve({ engine, memory: network.memory, control: network.control })
      return {
        run: async (pixels) => toAlpha(network.run(pixels), model.output.kind),
        release: async () => network.stop(),
      }
    },
  }
}
