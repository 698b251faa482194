// onnxruntime as the trial of a device asks for it.

import type { Accelerator } from '@koutu/core'
import { InferenceSession, Tensor } from '../engine/onnxruntime.ts'
import { providerOptions } from '../engine/open-session.ts'
import type { TrialPort } from './device-trial.ts'

export function runtimePort(threads: number): TrialPort {
  return {
    nowMs: () => performance.now(),
    async open(graph, on: Accelerator | 'cpu') {
      const session = await InferenceSession.create(graph, providerOptions(threads, on))
      return {
        async run(input, dims) {
          const answers = await session.run({ [session.inputNames[0]!]: new Tensor('float32', input, dims) })
          return answers[session.outputNames[0]!]!.data as Float32Array
        },
        release: () => session.release(),
      }
    },
  }
}
