// Core's `overNothing` in WebAssembly, for 8 bits.

import type { Plane, Raster } from '@koutu/core'
import { bandRoom, bandsOf } from './bands.ts'
import { createInstance } from './instance.ts'
import type { WasmModule } from './webassembly.ts'

export function overNothing(module: WasmModule, rgb: Uint8Array, alpha: Plane): Raster {
  const { run, room, write, read } = createInstance(module)
  const { width, height } = alpha
  const data = new Uint8Array(width * height * 4)
  const most = bandRoom(alpha)
  const [colors, opacity, out] = [room(most * 3), room(most * 4), room(most * 4)]
  for (const { from, to } of bandsOf(alpha)) {
    write(colors, rgb.subarray(from * 3, to * 3))
    write(opacity, alpha.data.subarray(from, to))
    run.rgba8(colors, opacity, out, to - from)
    read(out, data.subarray(from * 4, to * 4))
  }
  return { width, height, channels: 4, alpha: 'straight', data }
}
