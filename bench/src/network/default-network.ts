// The default model's own graph in single precision: what both precisions of it are made from.

import { readFile } from 'node:fs/promises'
import { findModel, Options } from '@koutu/core'
import { createModelStore, decodeModel, type ModelProto, prepareGraph } from '@koutu/node'

export async function defaultNetwork(cacheFolder: string): Promise<ModelProto> {
  const store = createModelStore({ cacheDir: cacheFolder, offline: true })
  const { path, output } = await store.ensure(findModel(Options.parse({}).model))
  return decodeModel(prepareGraph(await readFile(path), { output: output.name }))
}
