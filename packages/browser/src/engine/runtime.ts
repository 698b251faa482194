// The one way to onnxruntime-web: imported from the folder of files when the first network is loaded, not bundled, so that its
// threads find their own code.

import type { Env, InferenceSession, Tensor } from 'onnxruntime-web'
import type { AssetStore, OnBytes } from '../files/asset-store.ts'
import { importCode } from '../files/import-code.ts'
import type { AssetRuntime } from '../files/manifest.ts'
import { freeBuffer } from '../free-buffer.ts'

export type { InferenceSession, Tensor }

export interface Runtime {
  readonly env: Env
  readonly InferenceSession: typeof InferenceSession
  readonly Tensor: typeof Tensor
}

/**
 * A module of its own for each number of threads: a runtime cannot be started twice. `freeBinary` once it has been started.
 * Errors: ASSET_*.
 */
export async function loadRuntime(
  { script, glue, wasm }: AssetRuntime,
  threads: number,
  files: AssetStore,
  onBytes: OnBytes,
): Promise<Runtime> {
  const moduleOf = (file: typeof script) => `${files.urlOf(file)}?threads=${threads}`
  const [binary, runtime] = await Promise.all([files.read(wasm, onBytes), importCode<Runtime>(moduleOf(script))])
  runtime.env.logLevel = 'error'
  runtime.env.wasm.numThreads = threads
  runtime.env.wasm.wasmBinary = binary
  runtime.env.wasm.wasmPaths = { mjs: moduleOf(glue) }
  return runtime
}

/** The code that was compiled is not needed as bytes again. */
export function freeBinary({ env: { wasm } }: Runtime): void {
  if (wasm.wasmBinary instanceof Uint8Array) freeBuffer(wasm.wasmBinary.buffer)
}
