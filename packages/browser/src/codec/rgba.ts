// 8-bit RGBA from any raster, as canvases take it.

import type { Raster } from '@koutu/core/pixels'

/** Returns the raster's own samples where they are that already. */
export function toRgba({ width, height, channels, data }: Raster): Uint8ClampedArray<ArrayBuffer> {
  const isEight = data instanceof Uint8Array
  if (isEight && channels === 4) {
    return new Uint8ClampedArray(data.buffer as ArrayBuffer, data.byteOffset, data.length)
  }
  const rgba = new Uint8ClampedArray(width * height * 4)
  const [green, blue] = channels === 1 ? [0, 0] : [1, 2]
  const scale = isEight ? 1 : 1 / 257
  for (let from = 0, to = 0; to < rgba.length; from += channels, to += 4) {
    rgba[to] = data[from]! * scale
    rgba[to + 1] = data[from + green]! * scale
    rgba[to + 2] = data[from + blue]! * scale
    rgba[to + 3] = channels === 4 ? data[from + 3]! * scale : 255
  }
  return rgba
}
