// Runs a quantized graph as it is, on pixels that look random.

import { InferenceSession, Tensor } from '../engine/onnxruntime.ts'
import { encodeModel, type ModelProto } from './onnx.ts'

interface Pixels {
  readonly width: number
  readonly height: number
  /** 3 unless given. */
  readonly channels?: number
}

/** `model` takes an image `x` of 8 bits and answers `y`. The same size has the same pixels. */
export async function runPixels(
  model: ModelProto,
  { width, height, channels = 3 }: Pixels,
): Promise<{ data: number[]; dims: readonly number[] }> {
  const session = await InferenceSession.create(encodeModel(model), {
    graphOptimizationLevel: 'disabled',
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  })
  const pixels = Uint8Array.from({ length: height * width * channels }, (_, i) => (i * 2_654_435_761) >>> 24)
  const { y } = await session.run({ x: new Tensor('uint8', pixels, [1, height, width, channels]) })
  await session.release()
  return { data: Array.from(y!.data as Uint8Array | Float32Array), dims: y!.dims }
}
