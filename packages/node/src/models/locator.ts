// From the options that name a model to a graph that is ready to run: catalogue or file of the user's own, store, preparation.

import { type Ctx, findModel, isModelPath, type ResolvedOptions } from '@koutu/core'
import type { LocatedModel } from '../engine/onnx-engine.ts'
import { prepareGraph } from '../graph/prepare.ts'
import { readLocalModel } from './local.ts'
import type { ModelStore } from './store.ts'

/** Part of the name of every prepared graph: raised when `prepareGraph` makes another graph of the same file. */
const TOOL = 'koutu-prepare-1'

/** Errors: MODEL_UNKNOWN, MODEL_MISSING, MODEL_CORRUPT, MODEL_INVALID, INVALID_OPTIONS. Never uses the network. */
export function createModelLocator(store: ModelStore): (options: ResolvedOptions, ctx: Ctx) => Promise<LocatedModel> {
  return async (options, ctx) => {
    const { manifest, warnings } = isModelPath(options.model)
      ? await readLocalModel(options.model, options)
      : { manifest: findModel(options.model), warnings: [] }
    const { path, input, output } = await store.prepared(
      manifest,
      {
        tool: TOOL,
        options: { output: manifest.output.name ?? '' },
        build: (bytes, model) => prepareGraph(bytes, { output: model.output.name }),
      },
      ctx,
    )
    return { file: { id: manifest.id, path, input, output, precision: 'fp32' }, warnings }
  }
}
