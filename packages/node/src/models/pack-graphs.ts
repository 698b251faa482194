// Makes the files of a model pack that holds an int8 graph ready to run. Used when packages are published; reads them: pack.ts.

import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { KoutuError, type ModelManifest } from '@koutu/core'
import { hashFile, writeAtomic } from './files.ts'
import { preparationOf } from './locator.ts'
import type { ReadyGraph } from './pack.ts'
import { buildGraph, preparationKey } from './prepared-graph.ts'
import { findRecipe } from './recipes.ts'
import type { ModelStore } from './store-types.ts'

const GRAPH = 'int8.onnx'
const DATA = 'int8.data'

export interface PackGraphsRequest {
  readonly store: ModelStore
  readonly manifest: ModelManifest
  /** Replaced as a whole. */
  readonly folder: string
}

/**
 * Writes the int8 graph of a model, which serves all qualities, its weights, and `index.json`. Weights reach up to 127; processors without
 * int8 dot products derive theirs. Errors: those of `ensure`; MODEL_INVALID without a recipe.
 */
export async function packGraphs({ store, manifest, folder }: PackGraphsRequest): Promise<void> {
  const model = await store.ensure(manifest)
  const recipe = await findRecipe('', manifest.id, model.sha256)
  if (!recipe) throw new KoutuError('MODEL_INVALID', { detail: `expected a recipe for '${manifest.id}'` })
  const unfinished = `${folder}.tmp`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished)
  const preparation = preparationOf(manifest, model, null, { recipe, weightLimit: 127 })
  const { graph, data } = await buildGraph(preparation, model, DATA)
  await writeFile(join(unfinished, GRAPH), graph)
  const weights = { path: DATA, ...(await writeAtomic(join(unfinished, DATA), data)) }
  const key = preparationKey(model, preparation)
  const index: readonly ReadyGraph[] = [
    { key, graph: { path: GRAPH, ...(await hashFile(join(unfinished, GRAPH))) }, data: weights },
  ]
  await writeFile(join(unfinished, 'index.json'), `${JSON.stringify(index, null, 1)}\n`)
  await rm(folder, { recursive: true, force: true })
  await rename(unfinished, folder)
}
