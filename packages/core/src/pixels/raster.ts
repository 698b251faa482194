// The shapes that pixels travel in. Row-major, origin top left, pixel centers at +0.5.

import type { Plane } from './plane.ts'

export type { Box, Plane } from './plane.ts'

/**
 * Interleaved integer pixels. 8-bit samples in a Uint8Array (0..255) or 16-bit samples in a Uint16Array (0..65535).
 * `channels` 1 = gray, 3 = RGB, 4 = RGBA. `alpha` says how the fourth channel relates to the others; 'none' without one.
 */
export interface Raster {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3 | 4
  readonly alpha: 'none' | 'straight' | 'premultiplied'
  readonly data: Uint8Array | Uint16Array
}

export interface Size {
  readonly width: number
  readonly height: number
}

export function createPlane(width: number, height: number, fill = 0): Plane {
  const data = new Float32Array(width * height)
  if (fill !== 0) data.fill(fill)
  return { width, height, data }
}

/** The largest value a sample of this raster can hold: 255 or 65535. */
export function maxSample(raster: Raster): 255 | 65535 {
  return raster.data instanceof Uint16Array ? 65535 : 255
}
