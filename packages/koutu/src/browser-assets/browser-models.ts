// The graphs that browsers run: as prepared for this machine, but for no processor in particular.

import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { AssetModel } from '@koutu/browser/assets'
import { type Ctx, findModel, isModelPath } from '@koutu/core'
import {
  bandConvolutions,
  cacheDir,
  createModelLocator,
  decodeModel,
  encodeModel,
  findRecipe,
  readLocalModel,
} from '@koutu/node'
import { openModelStore } from '../model-store.ts'
import { toHalves } from './halves.ts'

/** A graph and its weights, of which the folder gets copies. */
export interface BrowserModel extends Omit<AssetModel, 'graph' | 'weights'> {
  readonly graph: Uint8Array
  readonly weights: Uint8Array
}

export type BrowserPrecision = AssetModel['precision']

/** WebAssembly's integer products are exact whatever the processor, which the worker's self-test sees to. */
const EXACT = { saturates: false, int8Ms: 0, fp32Ms: 1 }

/** Those that the model has, one after the other. Errors: MODEL_*, CACHE_UNWRITABLE, ABORTED. */
export async function* browserModels(
  name: string,
  precisions: readonly BrowserPrecision[],
  ctx: Ctx,
): AsyncGenerator<BrowserModel, void, undefined> {
  const folder = cacheDir()
  const locate = createModelLocator({
    store: openModelStore(true),
    trial: async () => EXACT,
    findRecipe: (id, sha256) => findRecipe(folder, id, sha256),
  })
  const { license } = isModelPath(name) ? (await readLocalModel(name)).manifest : findModel(name)
  const seen = new Set<string>()
  for (const precision of precisions) {
    for (const isFast of [false, true]) {
      const request = { model: { name }, precision, quality: isFast ? ('fast' as const) : ('balanced' as const) }
      const { file } = await locate(request, ctx)
      if (seen.has(file.path)) continue
      seen.add(file.path)
      const weights = await readFile(file.dataPath)
      const halves = file.precision === 'fp32' ? toHalves(weights) : null
      yield {
        id: file.id,
        precision: file.precision === 'int8' ? 'int8' : 'fp32',
        isFast,
        input: file.input,
        output: file.output,
        license: license.id,
        graph: file.precision === 'int8' ? withLittleMemory(await readFile(file.path)) : await readFile(file.path),
        weights: halves ?? weights,
        weightsName: basename(file.dataPath),
        weightsType: halves ? 'float16' : 'as-is',
      }
    }
  }
}

/** What one convolution may take beside its input and output. WebAssembly's memory never shrinks, so the largest one counts. */
const MAX_WINDOW_BYTES = 16 * 2 ** 20

function withLittleMemory(graph: Uint8Array): Uint8Array {
  return encodeModel(bandConvolutions(decodeModel(graph), MAX_WINDOW_BYTES))
}
