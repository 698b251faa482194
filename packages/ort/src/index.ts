// onnxruntime from the pack of this platform, which the published package brings along (tools/pack-packages.ts). Where there is
// none, as in a clone, from onnxruntime-node, which holds all platforms and has an install script; and where that has no library
// either, as on musl, as WebAssembly.

import { candidates } from './candidates.ts'

type Runtime = typeof import('onnxruntime-common')

/** Not installed, or native code that does not load here: a pack of another C library, for one. */
const UNUSABLE: ReadonlySet<unknown> = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND', 'ERR_DLOPEN_FAILED'])

async function load(): Promise<Runtime> {
  const names = candidates()
  let reason: unknown
  for (const name of names) {
    try {
      return (await import(name)) as Runtime
    } catch (error) {
      if (!UNUSABLE.has((error as NodeJS.ErrnoException).code)) throw error
      reason = error
    }
  }
  throw new Error(`expected one of the packages ${names.join(', ')}`, { cause: reason })
}

const runtime: Runtime = await load()

export const InferenceSession: Runtime['InferenceSession'] = runtime.InferenceSession
export const Tensor: Runtime['Tensor'] = runtime.Tensor
export const env: Runtime['env'] = runtime.env
/** Whether it runs as WebAssembly, which reads no files by itself. */
export const isWasm: boolean = runtime.env.versions.web !== undefined
export type InferenceSession = import('onnxruntime-common').InferenceSession
export type Tensor = import('onnxruntime-common').Tensor

/** Names of the execution providers that this runtime was built with. */
export const providers: readonly string[] = (
  (runtime as { listSupportedBackends?: () => readonly { readonly name: string }[] }).listSupportedBackends?.() ?? []
).map(({ name }) => name)
