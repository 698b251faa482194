// The kernels' file, and the timer that drops what is idle.

import { readFile } from 'node:fs/promises'
import type { MatteKernels } from '@koutu/core'
import { createKernels as createFrom, type LoadedKernels, loadKernels as loadFrom } from '@koutu/core/kernels'
import { isMemoryScarce } from '../memory.ts'
import { PACKAGE_ROOT } from '../package-root.ts'

/** Made by `npm run build` from `assembly/`. */
const FILE = new URL('dist/kernels.wasm', PACKAGE_ROOT)

let loaded: Promise<LoadedKernels> | null = null

/** Loads once per thread. Never rejects. */
export function loadKernels(): Promise<LoadedKernels> {
  loaded ??= loadKernelsFrom(FILE)
  return loaded
}

export function loadKernelsFrom(file: URL): Promise<LoadedKernels> {
  return loadFrom(
    () => readFile(file),
    (ms, work) => {
      // Where memory is scarce, the next image takes the time.
      const timer = setTimeout(work, isMemoryScarce() ? 0 : ms).unref()
      return () => clearTimeout(timer)
    },
  )
}

/** Core's own functions, with a warning, where the kernels cannot be loaded. Never rejects. */
export function createKernels(): Promise<MatteKernels> {
  return createFrom(loadKernels())
}
