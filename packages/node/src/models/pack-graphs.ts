// Makes the files of a model pack that holds int8 graphs ready to run. Used when packages are published; reads them: pack.ts.

import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { KoutuError, type ModelManifest, type Size } from '@koutu/core'
import { hashFile, writeAtomic } from './files.ts'
import { fastSize, preparationOf } from './locator.ts'
import type { PackFile, ReadyGraph } from './pack.ts'
import { buildGraph, preparationKey } from './prepared-graph.ts'
import { findRecipe } from './recipes.ts'
import type { ModelStore } from './store-types.ts'

const DATA = 'int8.data'

export interface PackGraphsRequest {
  readonly store: ModelStore
  readonly manifest: ModelManifest
  /** Replaced as a whole. */
  readonly folder: string
}

/**
 * Writes the int8 graphs of a model for each quality, with one file of weights for all of them, and `index.json`. Weights
 * reach up to 127; processors without int8 dot products derive theirs. Errors: those of `ensure`; MODEL_INVALID without a
 * recipe.
 */
export async function packGraphs({ store, manifest, folder }: PackGraphsRequest): Promise<void> {
  const model = await store.ensure(manifest)
  const recipe = await findRecipe('', manifest.id, model.sha256)
  if (!recipe) throw new KoutuError('MODEL_INVALID', { detail: `expected a recipe for '${manifest.id}'` })
  const unfinished = `${folder}.tmp`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished)
  const index: ReadyGraph[] = []
  for (const size of [null, fastSize(model.input)]) {
    const preparation = preparationOf(manifest, model, size, { recipe, weightLimit: 127 })
    const { graph, data } = await buildGraph(preparation, model, DATA)
    const { width } = size ?? (model.input as Size)
    const name = `int8-${width}.onnx`
    await writeFile(join(unfinished, name), graph)
    const weights = { path: DATA, ...(await writeAtomic(join(unfinished, DATA), data)) }
    const first = index[0]?.data.sha256 ?? weights.sha256
    if (weights.sha256 !== first) throw new KoutuError('INTERNAL', { detail: 'graphs of two sizes have two weights' })
    const key = preparationKey(model, preparation)
    index.push({ key, graph: await packed(unfinished, name), data: weights })
  }
  await writeFile(join(unfinished, 'index.json'), `${JSON.stringify(index, null, 1)}\n`)
  await rm(folder, { recursive: true, force: true })
  await rename(unfinished, folder)
}

async function packed(folder: string, path: string): Promise<PackFile> {
  return { path, ...(await hashFile(join(folder, path))) }
}
