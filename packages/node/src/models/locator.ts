// From the options that name a model to a graph that is ready to run: catalog or a file of the user's own, store, precision,
// preparation.

import { readFile } from 'node:fs/promises'
import {
  type Ctx,
  type EngineRequest,
  findModel,
  findRefiner,
  isKoutuError,
  isModelPath,
  KoutuError,
  type ModelInput,
  type ModelManifest,
  type QuantizationRecipe,
  type Size,
  type Warning,
} from '@koutu/core'
import type { LocatedModel } from '../engine/lane.ts'
import type { TrialResult } from '../engine/messages.ts'
import { joinWeights, splitWeights } from '../graph/external-data.ts'
import { takesAnySize } from '../graph/hide-sizes.ts'
import { fixInputSize } from '../graph/input-size.ts'
import { lowerWeights } from '../graph/lower-weights.ts'
import { toNodeForm, toPlainForm } from '../graph/node-form.ts'
import { decodeModel, encodeModel, type ModelProto } from '../graph/onnx.ts'
import { prepareModel } from '../graph/prepare.ts'
import { type QuantizeOptions, quantizeModel, type WeightLimit, weightLimitFor } from '../graph/quantize.ts'
import { readLocalModel, readLocalRefiner } from './local.ts'
import type { Built, ModelFacts, ModelStore, Preparation, PreparedGraph } from './store-types.ts'

/** Part of the name of every prepared graph: raised when the graph tool makes another graph of the same file. */
const TOOL = 'koutu-prepare-6'

export interface LocatorDeps {
  readonly store: ModelStore
  /** What int8 is worth on this machine. Asked only where there is a recipe. */
  readonly trial: () => Promise<TrialResult>
  readonly findRecipe: (id: string, sha256: string) => Promise<QuantizationRecipe | null>
}

/** Errors: MODEL_UNKNOWN, MODEL_MISSING, MODEL_CORRUPT, MODEL_INVALID, INVALID_OPTIONS. Never uses the network. */
export function createModelLocator({
  store,
  trial,
  findRecipe,
}: LocatorDeps): (request: EngineRequest, ctx: Ctx) => Promise<LocatedModel> {
  /** Null for float. */
  const chooseInt8 = async (
    wanted: EngineRequest['precision'],
    recipe: QuantizationRecipe | null,
  ): Promise<Int8 | null> => {
    if (wanted === 'fp32' || !recipe) return null
    const result = await trial()
    if (wanted === 'auto' && result.int8Ms >= result.fp32Ms) return null
    return { recipe, weightLimit: weightLimitFor(result) }
  }

  const locate = async ({ model: choice, quality }: EngineRequest, wanted: EngineRequest['precision'], ctx: Ctx) => {
    const { manifest, warnings } = isModelPath(choice.name)
      ? await readLocalModel(choice.name, choice)
      : { manifest: findModel(choice.name, 'segmenter'), warnings: [] }
    let precision = 'fp32' as 'int8' | 'fp32'
    let size: Size | null = null
    const { path, dataPath, input, output } = await store.prepared(
      manifest,
      async (model) => {
        const recipe = await findRecipe(manifest.id, model.sha256)
        const int8 = await chooseInt8(wanted, recipe)
        precision = int8 ? 'int8' : 'fp32'
        // A recipe says that the graph is one of convolutions, which take any size.
        size = quality === 'fast' && recipe ? fastSize(model.input) : null
        return preparationOf(manifest, model, size, int8)
      },
      ctx,
    )
    if (size && precision === 'int8' && !(await isForAnySize(path))) size = null
    const unmet = wanted === 'int8' && precision === 'fp32' ? [noRecipe(manifest.id)] : []
    const sized = size ? { ...input, ...(size as Size) } : input
    const file = { id: manifest.id, path, dataPath, input: sized, output, precision }
    return { file, warnings: [...warnings, ...unmet] }
  }

  const anySize = new Map<string, boolean>()
  /** What lies at a path stays the same: its name holds all that it depends on. */
  const isForAnySize = async (path: string): Promise<boolean> => {
    const known = anySize.get(path) ?? takesAnySize(decodeModel(await readFile(path)))
    anySize.set(path, known)
    return known
  }

  return async (request, ctx) => {
    try {
      return await locate(request, request.precision, ctx)
    } catch (error) {
      // Where float would be faster but only int8 graphs are installed, those run.
      if (request.precision !== 'auto' || !isKoutuError(error) || error.code !== 'MODEL_MISSING') throw error
      const { file, warnings } = await locate(request, 'int8', ctx)
      if (file.precision !== 'int8') throw error
      return { file, warnings }
    }
  }
}

/** Recipe, and the limit of weights on this processor. */
export interface Int8 {
  readonly recipe: QuantizationRecipe
  readonly weightLimit: WeightLimit
}

/** `size`: of a network in float where it is not the model's own. One in int8 is prepared for all sizes. Errors: MODEL_INVALID. */
export function preparationOf(
  { output }: ModelManifest,
  { input }: ModelFacts,
  size: Size | null,
  int8: Int8 | null,
): Preparation {
  if (!int8) return inFloat(output.name, size)
  const within = (weightLimit: WeightLimit) => inInt8(output.name, input, { ...int8, weightLimit })
  return int8.weightLimit === 127 ? within(127) : withinLimit(within(127), within(int8.weightLimit), input)
}

/** The same for a matting network, by an id of the catalog, `vitmatte`, or the path of a file. */
export function createRefinerLocator(store: ModelStore): (name: string, ctx: Ctx) => Promise<LocatedModel> {
  return async (name, ctx) => {
    const manifest = isModelPath(name) ? await readLocalRefiner(name) : findRefiner(name)
    const { path, dataPath, input, output } = await store.prepared(manifest, inFloat(manifest.output.name, null), ctx)
    return { file: { id: manifest.id, path, dataPath, input, output, precision: 'fp32' }, warnings: [] }
  }
}

/** Three quarters of each side: a good half of the work. */
function fastSize({ fit, width, height }: ModelInput): Size | null {
  const size = { width: (width * 3) / 4, height: (height * 3) / 4 }
  return fit === 'stretch' && size.width % 64 === 0 && size.height % 64 === 0 ? size : null
}

function inFloat(output: string | null, size: Size | null): Preparation {
  return {
    tool: TOOL,
    options: { output: output ?? '', ...size },
    build(bytes, model, dataName) {
      const prepared = prepareModel(decodeModel(bytes), { output: model.output.name })
      return inTwoFiles(size ? fixInputSize(prepared, size) : prepared, dataName)
    },
  }
}

function inInt8(
  output: string | null,
  input: ModelInput,
  { recipe: { model: name, ranges, float }, weightLimit }: Int8,
): Built {
  if (input.fit !== 'stretch') {
    throw new KoutuError('MODEL_INVALID', { detail: `'${name}' takes images of any size: int8 needs one` })
  }
  const { width, height } = input
  const options: QuantizeOptions = { ranges, float, weightLimit, pixels: pixelsAsTheyAre(input) }
  return {
    tool: TOOL,
    options: { output: output ?? '', int8: JSON.stringify(options), width, height },
    build(bytes, model, dataName) {
      const prepared = prepareModel(decodeModel(bytes), { output: model.output.name })
      return inTwoFiles(toNodeForm(quantizeModel(fixInputSize(prepared, { width, height }), options)), dataName)
    },
  }
}

/** From the model's own file where that is here, else from a graph in a pack. */
function withinLimit(base: Built, direct: Built, { width, height }: ModelInput): Preparation {
  return {
    tool: TOOL,
    options: direct.options,
    direct,
    base,
    derive(graph, data, dataName) {
      const plain = toPlainForm(joinWeights(decodeModel(graph), data), { width, height })
      return inTwoFiles(toNodeForm(lowerWeights(plain)), dataName)
    },
  }
}

function inTwoFiles(prepared: ModelProto, dataName: string): PreparedGraph {
  const { model, data } = splitWeights(prepared, dataName)
  return { graph: encodeModel(model), data }
}

/** ((v / 255) - mean) / std as (v - zero point) * scale, where one pair of numbers does it for all channels. */
function pixelsAsTheyAre({ mean, std }: ModelInput): QuantizeOptions['pixels'] {
  const zeroPoint = Math.round(mean[0] * 255)
  const isExact = mean.every((value) => Math.abs(value * 255 - zeroPoint) < 1e-6) && std.every((s) => s === std[0])
  return isExact ? { mean: zeroPoint, scale: 1 / (255 * std[0]) } : null
}

function noRecipe(id: string): Warning {
  return {
    code: 'precision-unavailable',
    message: `No int8 recipe is known for '${id}', so it ran in fp32; koutu models calibrate makes one.`,
  }
}
