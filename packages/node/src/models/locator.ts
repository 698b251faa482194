// From the options that name a model to a graph that is ready to run: catalogue or file of the user's own, store,
// precision, preparation.

import {
  type Ctx,
  type EngineRequest,
  findModel,
  isModelPath,
  KoutuError,
  type ModelInput,
  type QuantizationRecipe,
  type Size,
  type Warning,
} from '@koutu/core'
import type { TrialResult } from '../engine/messages.ts'
import type { LocatedModel } from '../engine/onnx-engine.ts'
import { splitWeights } from '../graph/external-data.ts'
import { fixInputSize } from '../graph/input-size.ts'
import { decodeModel, encodeModel, type ModelProto } from '../graph/onnx.ts'
import { prepareModel } from '../graph/prepare.ts'
import { type QuantizeOptions, quantizeModel, type WeightLimit, weightLimitFor } from '../graph/quantize.ts'
import { readLocalModel } from './local.ts'
import type { ModelStore, Preparation, PreparedGraph, StoredModel } from './store-types.ts'

/** Part of the name of every prepared graph: raised when the graph tool makes another graph of the same file. */
const TOOL = 'koutu-prepare-3'

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
  /** The largest weight that int8 may use, or null for float. */
  const chooseInt8 = async (wanted: EngineRequest['precision'], recipe: QuantizationRecipe | null) => {
    if (wanted === 'fp32' || !recipe) return null
    const result = await trial()
    if (wanted === 'auto' && result.int8Ms >= result.fp32Ms) return null
    return { recipe, weightLimit: weightLimitFor(result) }
  }

  return async ({ model: choice, precision: wanted, quality }, ctx) => {
    const { manifest, warnings } = isModelPath(choice.name)
      ? await readLocalModel(choice.name, choice)
      : { manifest: findModel(choice.name), warnings: [] }
    let precision: 'int8' | 'fp32' = 'fp32'
    let size: Size | null = null
    const { path, dataPath, input, output } = await store.prepared(
      manifest,
      async (model) => {
        const recipe = await findRecipe(manifest.id, model.sha256)
        // A recipe says that the graph is one of convolutions, which take any size.
        size = quality === 'fast' && recipe ? fastSize(model.input) : null
        const int8 = await chooseInt8(wanted, recipe)
        if (!int8) return inFloat(manifest.output.name, size)
        precision = 'int8'
        return inInt8(manifest.output.name, model, size ?? model.input, int8)
      },
      ctx,
    )
    const unmet = wanted === 'int8' && precision === 'fp32' ? [noRecipe(manifest.id)] : []
    const sized = size ? { ...input, ...(size as Size) } : input
    const file = { id: manifest.id, path, dataPath, input: sized, output, precision }
    return { file, warnings: [...warnings, ...unmet] }
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
  { input }: StoredModel,
  { width, height }: Size,
  { recipe, weightLimit }: { readonly recipe: QuantizationRecipe; readonly weightLimit: WeightLimit },
): Preparation {
  if (input.fit !== 'stretch') {
    throw new KoutuError('MODEL_INVALID', { detail: `'${recipe.model}' takes pictures of any size: int8 needs one` })
  }
  const { ranges, float } = recipe
  const options: QuantizeOptions = { ranges, float, weightLimit, pixels: pixelsAsTheyAre(input) }
  return {
    tool: TOOL,
    options: { output: output ?? '', int8: JSON.stringify(options), width, height },
    build(bytes, model, dataName) {
      const prepared = prepareModel(decodeModel(bytes), { output: model.output.name })
      return inTwoFiles(quantizeModel(fixInputSize(prepared, { width, height }), options), dataName)
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
