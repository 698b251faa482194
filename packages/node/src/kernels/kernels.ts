// The costly steps of a matte in WebAssembly, for the pictures and sizes they are made for; core's own functions for the rest.

import { type MatteKernels, type Plane, type Raster, typescriptKernels } from '@koutu/core'
import { compileKernels, createInstance } from './instance.ts'
import type { WasmModule } from './webassembly.ts'

/** Pixels beyond which a picture's copy in an instance would cost more memory than time. */
const MOST_PIXELS = 16e6

/** Errors: INTERNAL when this runtime has no WebAssembly with SIMD. */
export async function createKernels(): Promise<MatteKernels> {
  const module = await compileKernels()
  return {
    ...typescriptKernels,
    overNothing: (foreground, alpha) => overNothing(module, foreground, alpha),
  }
}

function overNothing(module: WasmModule, foreground: Raster, alpha: Plane): Raster {
  const { data } = foreground
  const area = alpha.data.length
  if (!(data instanceof Uint8Array) || area > MOST_PIXELS) return typescriptKernels.overNothing(foreground, alpha)
  const { run, put, room, bytes } = createInstance(module)
  const out = room(area * 4)
  run.rgba8(put(data), put(alpha.data), out, area)
  return { width: alpha.width, height: alpha.height, channels: 4, alpha: 'straight', data: bytes(out, area * 4) }
}
