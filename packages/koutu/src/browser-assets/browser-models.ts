// The graphs that browsers run: as prepared for this machine, but for no processor in particular.

import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { AssetModel } from '@koutu/browser/assets'
import { type Ctx, findModel, findRefiner, isKoutuError, isModelPath, type Size } from '@koutu/core'
import {
  bandConvolutions,
  cacheDir,
  createModelLocator,
  createRefinerLocator,
  decodeModel,
  encodeModel,
  findRecipe,
  type LocatedModel,
  narrowModel,
  readLocalModel,
  readLocalRefiner,
  toPlainForm,
} from '@koutu/node'
import { openModelStore } from '../model-store.ts'
import { toHalves } from './halves.ts'
import { compilePlan } from './plan/compile-plan.ts'

/** A graph and its weights, of which the folder gets copies. */
export interface BrowserModel extends Omit<AssetModel, 'graph' | 'weights' | 'plan'> {
  readonly graph: Uint8Array
  readonly weights: Uint8Array
  /** Null where koutu's own engine cannot run the graph. */
  readonly plan: Uint8Array | null
}

/** Floats bring their twin in half precision along. */
export type BrowserPrecision = Exclude<AssetModel['precision'], 'fp16'>

/** WebAssembly's integer products are exact whatever the processor, which the worker's self-test sees to. */
const EXACT = { saturates: false, int8Ms: 0, fp32Ms: 1 }

/**
 * Those that the model has, one after the other. After the first of several precisions, one whose weights are not installed is left
 * out: int8 graphs come ready to run, graphs in floats need the model itself. Errors: MODEL_*, CACHE_UNWRITABLE, ABORTED.
 */
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
      const located = await locate(request, ctx).catch((error: unknown) => {
        if (seen.size > 0 && isKoutuError(error) && error.code === 'MODEL_MISSING') return null
        throw error
      })
      if (!located) return
      const { file } = located
      // Graphs in integers are one file for all sizes.
      const network = `${file.path} ${JSON.stringify(file.input)}`
      if (seen.has(network)) continue
      seen.add(network)
      const model = { ...(await readGraph(file)), isFast, license: license.id }
      yield model
      const half = inHalves(model)
      if (half) yield half
    }
  }
}

/** A matting network, by an id of the catalog, `vitmatte`, or the path of a file. Errors: MODEL_*, CACHE_UNWRITABLE, ABORTED. */
export async function browserRefiner(name: string, ctx: Ctx): Promise<BrowserModel> {
  const { file } = await createRefinerLocator(openModelStore(true))(name, ctx)
  const { license } = isModelPath(name) ? await readLocalRefiner(name) : findRefiner(name)
  return { ...(await readGraph(file)), isFast: false, license: license.id }
}

async function readGraph(file: LocatedModel['file']): Promise<Omit<BrowserModel, 'isFast' | 'license'>> {
  const [graph, weights] = await Promise.all([readFile(file.path), readFile(file.dataPath)])
  const isInteger = file.precision === 'int8'
  const halves = isInteger ? null : toHalves(weights)
  return {
    id: file.id,
    precision: isInteger ? 'int8' : 'fp32',
    input: file.input,
    output: file.output,
    ...(isInteger ? inIntegers(graph, file.input) : { graph, plan: null }),
    weights: halves ?? weights,
    weightsName: basename(file.dataPath),
    weightsType: halves ? 'float16' : 'as-is',
  }
}

/** The twin in half precision, where weights and operators allow it. */
function inHalves(model: BrowserModel): BrowserModel | null {
  const narrow = model.weightsType === 'float16' ? narrowModel(decodeModel(model.graph)) : null
  return narrow && { ...model, precision: 'fp16', graph: encodeModel(narrow), weightsType: 'as-is' }
}

/**
 * What one convolution may take beside its input and output. WebAssembly's memory never shrinks, so the largest one counts. Less
 * would save no more, and each band costs some time of its own.
 */
const MAX_WINDOW_BYTES = 4 * 2 ** 20

/** The graph for onnxruntime, and the plan for koutu's own engine. */
function inIntegers(bytes: Uint8Array, input: LocatedModel['file']['input']): Pick<BrowserModel, 'graph' | 'plan'> {
  // Networks in integers take one size in a page.
  const model = toPlainForm(decodeModel(bytes), input as Size)
  const compiled = model.graph ? compilePlan(model.graph) : null
  const banded = bandConvolutions(model, MAX_WINDOW_BYTES)
  return { plan: compiled && 'plan' in compiled ? compiled.plan : null, graph: encodeModel(banded) }
}
