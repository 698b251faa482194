// Graphs made from a model's file, or from another graph: built once, kept under a key that holds everything they depend on.

import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { type Ctx, isKoutuError, type ModelManifest, throwIfAborted } from '@koutu/core'
import { checkFile, writeAtomic, writeRecord } from './files.ts'
import type { ReadyGraph } from './pack.ts'
import { checking, preparedPaths, sha256 } from './store-layout.ts'
import type { Derived, ModelFacts, Preparation, PreparedGraph, StoredModel } from './store-types.ts'

/** Hash of all that a prepared graph depends on. */
export function preparationKey(model: ModelFacts, { tool, options }: Preparation): string {
  const sorted = Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1))
  return sha256(JSON.stringify([model.sha256, tool, sorted]))
}

/** The graph of a preparation, made of the model's file. */
export async function buildGraph(
  preparation: Preparation,
  model: StoredModel,
  dataName: string,
): Promise<PreparedGraph> {
  const bytes = await readFile(model.path)
  if ('build' in preparation) return preparation.build(bytes, model, dataName)
  return preparation.direct.build(bytes, model, dataName)
}

/** The graph of a preparation, made of a graph in a pack. */
export async function deriveGraph({ derive }: Derived, base: ReadyGraph, dataName: string): Promise<PreparedGraph> {
  return derive(await readFile(base.graph.path), await readFile(base.data.path), dataName)
}

/** From the cache, or by `make`. Errors: CACHE_UNWRITABLE, ABORTED, and those of `make`. */
export async function keepGraph<T extends ModelFacts>(
  cacheDir: string,
  manifest: ModelManifest,
  model: T,
  key: string,
  make: (dataName: string) => Promise<PreparedGraph>,
  ctx: Ctx,
): Promise<T & { path: string; dataPath: string }> {
  const { path, dataPath } = preparedPaths(cacheDir, manifest, key)
  const areWhole = async () => {
    for (const file of [dataPath, path]) {
      if ((await checkFile(file, null, checking(manifest.id, ctx))).state !== 'ok') return false
    }
    return true
  }
  if (await areWhole()) return { ...model, path, dataPath }
  const progress = (done: number) => ctx.onEvent?.({ type: 'model', id: manifest.id, phase: 'prepare', done, total: 1 })
  progress(0)
  const { graph, data } = await make(basename(dataPath))
  throwIfAborted(ctx.signal)
  try {
    // The graph comes last: where it is, its weights are.
    await writeRecord(dataPath, await writeAtomic(dataPath, data))
    await writeRecord(path, await writeAtomic(path, [graph]))
  } catch (error) {
    // On Windows a file that another process has made and mapped cannot be replaced, and need not be.
    if (!isKoutuError(error) || error.code !== 'CACHE_UNWRITABLE' || !(await areWhole())) throw error
  }
  progress(1)
  return { ...model, path, dataPath }
}
