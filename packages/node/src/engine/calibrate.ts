// Makes the recipe of a model's int8 form: runs it in float over images, watches its inner values, fits their ranges.
// Loads the runtime into this process: for a command, not for a server.

import {
  type Ctx,
  type ModelManifest,
  networkSize,
  type Picture,
  type Plane,
  packTensor,
  QuantizationRecipe,
  throwIfAborted,
  toAlpha,
} from '@koutu/core'
import { chooseRanges } from '../graph/choose-ranges.ts'
import { fixInputSize } from '../graph/input-size.ts'
import { Magnitudes } from '../graph/magnitudes.ts'
import { observeGraph } from '../graph/observe.ts'
import { decodeModel, encodeModel } from '../graph/onnx.ts'
import { prepareModel } from '../graph/prepare.ts'
import { invalidModel } from '../graph/wire.ts'
import type { StoredModel } from '../models/store-types.ts'
import { inferenceThreads } from './inference-client.ts'
import { scaleTo } from './scale-to.ts'

export interface CalibrateRequest {
  readonly manifest: ModelManifest
  readonly model: StoredModel
  /** Of the model's file. */
  readonly bytes: Uint8Array
  /** At least one; a few dozen of many kinds are enough. */
  readonly pictures: AsyncIterable<Picture>
  /** What the recipe says of how it was made. */
  readonly command: string
}

/** Numbers seen of each value in each image: more does not change the ranges. */
const MAX_NUMBERS = 300_000
/** Weight of a place where the network is sure, beside 1 where it is most in doubt: edges decide what people see. */
const SURE_WEIGHT = 0.01

/** Errors: MODEL_INVALID where the network takes no fixed size or has no convolutions that can be watched, ABORTED. */
export async function calibrate(
  { manifest, model, bytes, pictures, command }: CalibrateRequest,
  { signal }: Ctx = {},
): Promise<QuantizationRecipe> {
  const { input, output } = model
  if (input.fit !== 'stretch') throw invalidModel(`'${manifest.id}' accepts images of any size: int8 needs a fixed one`)
  const prepared = fixInputSize(prepareModel(decodeModel(bytes), { output: output.name }), input)
  const graph = { ...prepared.graph!, node: [...prepared.graph!.node] }
  const observed = observeGraph(prepared, MAX_NUMBERS)
  if (observed.length === 0) throw invalidModel(`'${manifest.id}' has no convolutions of known size`)
  const seen = new Map(observed.map(({ value }) => [value, new Magnitudes()]))
  // Loaded here, so that importing other parts of this package stays cheap.
  const { InferenceSession, Tensor } = await import('./onnxruntime.ts')
  const session = await InferenceSession.create(encodeModel(prepared), {
    intraOpNumThreads: inferenceThreads(),
    enableMemPattern: false,
    logSeverityLevel: 3,
  })
  const [inputName = ''] = session.inputNames
  const [answerName = ''] = session.outputNames
  let count = 0
  try {
    for await (const picture of pictures) {
      throwIfAborted(signal)
      const { width, height } = networkSize(input, picture)
      const packed = packTensor(await scaleTo(picture, width, height), { width, height }, input)
      const answers = await session.run({ [inputName]: new Tensor('float32', packed, [1, 3, height, width]) })
      const answer = answers[answerName]!
      const alpha = toAlpha({ dims: answer.dims, data: answer.data as Float32Array }, output.kind)
      for (const { value, shown, step, dims } of observed) {
        seen.get(value)!.add(answers[shown]!.data as Float32Array, doubt(alpha, dims[2]!, dims[3]!, step))
      }
      count++
    }
  } finally {
    await session.release()
  }
  if (count === 0) throw invalidModel('expected at least one image to calibrate with')
  const lows = input.mean.map((mean, channel) => -mean / input.std[channel]!)
  const highs = input.mean.map((mean, channel) => (1 - mean) / input.std[channel]!)
  return QuantizationRecipe.parse({
    version: 1,
    model: manifest.id,
    sha256: model.sha256,
    made: { command, method: 'doubt-weighted absolute error to the power 1.2', pictures: count },
    ranges: { [inputName]: [Math.min(...lows), Math.max(...highs)], ...chooseRanges(graph, seen) },
    float: [],
  })
}

/** Weights of the places shown of a value of `rows` x `columns`: the largest 4 a (1 - a) of the alpha that a place covers. */
function doubt(alpha: Plane, rows: number, columns: number, step: number): Float32Array {
  const { width, height, data } = alpha
  const shownColumns = Math.ceil(columns / step)
  const weights = new Float32Array(Math.ceil(rows / step) * shownColumns)
  for (let i = 0; i < weights.length; i++) {
    const row = Math.floor(i / shownColumns) * step
    const column = (i % shownColumns) * step
    let largest = 0
    for (let y = Math.floor((row * height) / rows); y < Math.ceil(((row + 1) * height) / rows); y++) {
      for (let x = Math.floor((column * width) / columns); x < Math.ceil(((column + 1) * width) / columns); x++) {
        const value = data[y * width + x]!
        largest = Math.max(largest, 4 * value * (1 - value))
      }
    }
    weights[i] = largest + SURE_WEIGHT
  }
  return weights
}
