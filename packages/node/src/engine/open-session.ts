// A session of a prepared graph: mapped from its files by native code, read here for WebAssembly, which knows no files.

import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Accelerator } from '@koutu/core'
import type { Load } from './messages.ts'
import { env, InferenceSession, isWasm, providers } from './onnxruntime.ts'

type SessionOptions = NonNullable<Parameters<typeof InferenceSession.create>[1]>

/** Of the first session: threads of WebAssembly are started once. Errors: where the runtime was built without the device. */
export function providerOptions(threads: number, device: Accelerator | 'cpu' = 'cpu'): SessionOptions {
  if (device !== 'cpu') {
    if (!providers.includes(device)) throw new Error(`this onnxruntime was built without the provider '${device}'`)
    return { executionProviders: [device], intraOpNumThreads: threads, logSeverityLevel: 3 }
  }
  if (!isWasm) return { executionProviders: ['cpu'], intraOpNumThreads: threads, logSeverityLevel: 3 }
  env.wasm.numThreads = threads
  return { executionProviders: ['wasm'], logSeverityLevel: 3 }
}

export async function openSession({ model, threads, device }: Load): Promise<InferenceSession> {
  const options: SessionOptions = {
    ...providerOptions(threads, device),
    // int8 graphs are made of the very operators that run: looking for better ones takes 25 ms and finds none.
    graphOptimizationLevel: model.precision === 'int8' ? 'disabled' : 'all',
    // Planning memory for the whole graph in advance costs half a gigabyte and saves no time here.
    enableMemPattern: false,
  }
  if (!isWasm) {
    // Threads that spin while they wait take the processor from decoding and encoding.
    return InferenceSession.create(model.path, {
      ...options,
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    })
  }
  const [graph, data] = await Promise.all([readFile(model.path), readFile(model.dataPath)])
  const externalData = data.length > 0 ? [{ path: basename(model.dataPath), data }] : []
  return InferenceSession.create(graph, { ...options, externalData })
}
