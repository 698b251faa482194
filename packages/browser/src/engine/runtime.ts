// The one way to onnxruntime-web: imported from the folder of files when the first network is loaded, not bundled, so that its
// threads find their own code.

import type { Env, InferenceSession, Tensor } from 'onnxruntime-web'
import type { AssetFile, AssetRuntime } from '../files/manifest.ts'

export type { InferenceSession, Tensor }

export interface Runtime {
  readonly env: Env
  readonly InferenceSession: typeof InferenceSession
  readonly Tensor: typeof Tensor
}

export interface RuntimeFiles {
  urlOf(file: AssetFile): string
  read(file: AssetFile): Promise<Uint8Array<ArrayBuffer>>
}

export async function loadRuntime(
  { script, glue, wasm }: AssetRuntime,
  threads: number,
  files: RuntimeFiles,
): Promise<Runtime> {
  const [binary, runtime] = await Promise.all([
    files.read(wasm),
    import(/* @vite-ignore */ /* webpackIgnore: true */ files.urlOf(script)) as Promise<Runtime>,
  ])
  runtime.env.logLevel = 'error'
  runtime.env.wasm.numThreads = threads
  runtime.env.wasm.wasmBinary = binary
  runtime.env.wasm.wasmPaths = { mjs: files.urlOf(glue) }
  return runtime
}
