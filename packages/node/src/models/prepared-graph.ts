// Graphs made from a model's file: built once, kept under a key that holds everything they depend on.

import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { type Ctx, isKoutuError, type ModelManifest, throwIfAborted } from '@koutu/core'
import { checkFile, writeAtomic, writeRecord } from './files.ts'
import { checking, preparedPaths, sha256 } from './store-layout.ts'
import type { Preparation, PreparedModel, StoredModel } from './store-types.ts'

/** Errors: CACHE_UNWRITABLE, ABORTED, and those of the build. */
export async function prepareGraph(
  cacheDir: string,
  manifest: ModelManifest,
  model: StoredModel,
  { tool, options, build }: Preparation,
  ctx: Ctx,
): Promise<PreparedModel> {
  const sorted = Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1))
  const key = sha256(JSON.stringify([model.sha256, tool, sorted]))
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
  const { graph, data } = await build(await readFile(model.path), model, basename(dataPath))
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
