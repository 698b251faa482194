// Loads the compiled kernels from whatever holds their bytes.

import { type After, createInstancePool, type InstancePool } from './instance-pool.ts'
import { compile } from './webassembly.ts'

/** The compiled kernels, or why there are none: the file is missing or damaged, or the runtime refuses WebAssembly or its SIMD. */
export type LoadedKernels =
  | { readonly pool: InstancePool }
  | { readonly pool: null /** Names no path. */; readonly reason: string }

/** Never rejects: an error of `read` becomes the reason, by its `code` where it has one. */
export async function loadKernels(read: () => Promise<Uint8Array>, after: After): Promise<LoadedKernels> {
  try {
    const pool = createInstancePool(await compile(await read()), after)
    // A runtime that cannot give it memory says so now, not in the middle of an image.
    pool.release(pool.acquire())
    return { pool }
  } catch (error) {
    const { code, message } = error as Error & { readonly code?: unknown }
    return { pool: null, reason: typeof code === 'string' ? code : message }
  }
}
