// What the decoders of simple formats share.

import { KoutuError, type Raster } from '@koutu/core'

/** Straight alpha, row-major from the top left. */
export interface SimplePixels {
  readonly width: number
  readonly height: number
  readonly channels: 3 | 4
  readonly data: Uint8Array | Uint16Array
}

export function asRaster({ width, height, channels, data }: SimplePixels): Raster {
  return { width, height, channels, alpha: channels === 4 ? 'straight' : 'none', data }
}

export function truncated(name: string): KoutuError {
  return new KoutuError('IMAGE_CORRUPT', { detail: `the ${name} ends before its last pixel` })
}

/** Errors: IMAGE_CORRUPT where fewer bytes are left than pixels need. Asked before memory is allocated. */
export function expectBytes(name: string, bytes: Uint8Array, at: number, count: number): void {
  if (!(at >= 0 && at + count <= bytes.length)) throw truncated(name)
}

/** The bits of `mask` in `value`, stretched to 0..255. */
export function maskedByte(value: number, mask: number): number {
  if (mask === 0) return 0
  const shift = 31 - Math.clz32(mask & -mask)
  return Math.round((((value & mask) >>> shift) * 255) / (mask >>> shift))
}
