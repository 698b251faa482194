// The process that holds one network and runs it. It knows tensors and onnxruntime, no images and no files but the graph. It ends when
// its parent goes away.

import { type CallMessage, createResponder, type Responder } from '@koutu/core/channel'
import { KoutuError } from '@koutu/core/errors'
import { type NetworkOutput, packTensor, toAlpha, toLevels } from '@koutu/core/tensor'
import { halfToFloat } from '../graph/half.ts'
import { collectYoungGarbage } from '../memory.ts'
import { offerToKernel } from '../offer-to-kernel.ts'
import type { InferenceCalls, Load, ModelFile, NetworkAnswer, NetworkPixels } from './messages.ts'
import { modelKey } from './model-key.ts'
import { type InferenceSession, isWasm, Tensor } from './onnxruntime.ts'
import { openSession } from './open-session.ts'

interface Loaded {
  /** What was asked for, and the state of its files then. */
  readonly key: string
  readonly model: ModelFile
  readonly session: InferenceSession
  /** Kept between pictures of one size: it is the largest allocation of a call. */
  input: { readonly dims: readonly number[]; readonly data: Float32Array } | null
}

offerToKernel(1000)

let loaded: Loaded | null = null

async function load(request: Load): Promise<void> {
  const key = loadKey(request)
  if (loaded?.key === key) return
  await loaded?.session.release()
  loaded = null
  loaded = await open(request, key)
}

/** Errors: MODEL_INVALID. */
async function open(request: Load, key: string): Promise<Loaded> {
  const { model } = request
  const session = await openSession(request).catch((cause: unknown) => {
    throw new KoutuError('MODEL_INVALID', {
      detail: `${model.id}: ${cause instanceof Error ? cause.message : String(cause)}`,
      cause,
    })
  })
  return { key, model, session, input: null }
}

/** A load with the state of its files: others under the same names are another model. */
function loadKey(load: Load): string {
  return JSON.stringify([load.threads, load.device, modelKey(load.model)])
}

async function run(request: NetworkPixels): Promise<NetworkAnswer> {
  if (!loaded) throw new KoutuError('INTERNAL', { detail: 'an image came before a model' })
  const { model, session } = loaded
  const inputName = session.inputNames[0]
  const outputName = model.output.name ?? session.outputNames[0]
  if (inputName === undefined || outputName === undefined || !session.outputNames.includes(outputName)) {
    throw new KoutuError('MODEL_INVALID', {
      detail: `expected an input and the output '${outputName}' but the graph has [${session.inputNames}] and [${session.outputNames}]`,
    })
  }
  const input = inputTensor(loaded, request)
  const begin = performance.now()
  const results = await session.run({ [inputName]: input }, [outputName]).catch((cause: unknown) => {
    throw new KoutuError('MODEL_INVALID', {
      detail: `${model.id}: ${cause instanceof Error ? cause.message : String(cause)}`,
      cause,
    })
  })
  const inferMs = performance.now() - begin
  const tensor = results[outputName]!
  const alpha = toAlpha(asFloats(tensor), model.output.kind)
  tensor.dispose()
  const { width, height, data } = alpha
  return { width, height, alpha: request.asLevels ? toLevels(data) : data, inferMs, isWasm }
}

/** Quantized graphs may take the 8-bit picture as it is, all others take packed floats. */
function inputTensor(loaded: Loaded, { pixels, trimap, width, height }: NetworkPixels): Tensor {
  const [metadata] = loaded.session.inputMetadata
  if (metadata?.isTensor && metadata.type === 'uint8') return new Tensor('uint8', pixels, [1, height, width, 3])
  const dims = [1, trimap ? 4 : 3, height, width]
  if (String(loaded.input?.dims) !== String(dims)) {
    loaded.input = { dims, data: new Float32Array(dims.reduce((product, side) => product * side)) }
  }
  const { data } = loaded.input!
  packTensor(pixels, { width, height }, loaded.model.input, { out: data, trimap })
  return new Tensor('float32', data, dims)
}

/** float32 as it is; float16 decoded; class numbers widened. */
function asFloats(tensor: Tensor): NetworkOutput {
  const { dims, type, data } = tensor
  if (type === 'float32') return { dims, data: data as Float32Array }
  if (type === 'float16') return { dims, data: halfToFloat(data as Uint16Array | Float16Array) }
  if (type === 'int64') return { dims, data: Float32Array.from(data as BigInt64Array, Number) }
  if (type === 'int32' || type === 'uint8' || type === 'float64')
    return { dims, data: Float32Array.from(data as Int32Array) }
  throw new KoutuError('MODEL_INVALID', { detail: `expected an output of numbers but received ${type}` })
}

const responder: Responder = createResponder<InferenceCalls>(
  {
    async run(pixels) {
      const answer = await run(pixels)
      // The image before, which has been sent on.
      collectYoungGarbage()
      return answer
    },
    async load(request) {
      await load(request)
      return null
    },
    async try({ threads }) {
      const { runTrial } = await import('./trial.ts')
      return runTrial(threads)
    },
    async tryDevice({ device, threads }) {
      const [{ runDeviceTrial }, { runtimePort }] = await Promise.all([
        import('../device/device-trial.ts'),
        import('../device/trial-port.ts'),
      ])
      return runDeviceTrial(device, runtimePort(threads))
    },
  },
  {
    post(message) {
      // A parent that has gone away reads nothing, which is no error here.
      if (process.connected) process.send?.(message, () => {})
    },
    fallback: 'ENGINE_FAILED',
  },
)
process.on('message', (message: CallMessage) => responder.receive(message))
process.on('disconnect', () => process.exit(0))
// Interrupting a terminal reaches the whole process group; the parent decides what ends.
process.on('SIGINT', () => {})
