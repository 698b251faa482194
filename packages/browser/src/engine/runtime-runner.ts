// Networks on onnxruntime-web.

import { packTensor, toAlpha } from '@koutu/core/tensor'
import { freeBuffer } from '../free-buffer.ts'
import { floatsFromHalves, floatsOf } from './half.ts'
import type { ProviderName } from './provider.ts'
import { invalid, invalidIfFails, type Runner } from './runner.ts'
import type { InferenceSession, Runtime } from './runtime.ts'

export function runtimeRunner(name: ProviderName, { Tensor, InferenceSession }: Runtime): Runner {
  return {
    async open(model, files, onBytes) {
      const [graph, weights] = await Promise.all([files.read(model.graph), files.read(model.weights, onBytes)])
      const data = model.weightsType === 'float16' ? floatsFromHalves(weights) : weights
      const session = await invalidIfFails(
        model,
        InferenceSession.create(graph, {
          executionProviders: [name],
          externalData: data.length > 0 ? [{ path: model.weightsName, data }] : [],
          // int8 graphs are made of the very operators that run.
          graphOptimizationLevel: model.precision === 'int8' ? 'disabled' : 'all',
          // Planning memory for the whole graph in advance costs half a gigabyte and saves no time.
          enableMemPattern: false,
          logSeverityLevel: 3,
        }),
      )
      // The session has its own copies.
      for (const { buffer } of [weights, data]) freeBuffer(buffer)
      const [inputName = ''] = session.inputNames
      const outputName = model.output.name ?? session.outputNames[0] ?? ''
      const takesPixels = isUint8(session)
      return {
        async run(pixels, size, trimap) {
          const { width, height } = size
          const input = takesPixels
            ? new Tensor('uint8', pixels, [1, height, width, 3])
            : new Tensor('float32', packTensor(pixels, size, model.input, { trimap }), [
                1,
                trimap ? 4 : 3,
                height,
                width,
              ])
          const results = await invalidIfFails(model, session.run({ [inputName]: input }, [outputName]))
          const output = results[outputName]!
          const data = floatsOf(output.type, await output.getData())
          // Halves end at 65,504.
          if (model.precision === 'fp16' && !data.every(Number.isFinite))
            throw invalid(model, 'it overflowed in half precision')
          const alpha = toAlpha({ dims: output.dims, data }, model.output.kind)
          output.dispose()
          return alpha
        },
        release: () => session.release(),
      }
    },
  }
}

/** Quantized graphs may take the 8-bit image as it is, all others take packed floats. */
function isUint8({ inputMetadata: [metadata] }: InferenceSession): boolean {
  return metadata?.isTensor === true && metadata.type === 'uint8'
}
