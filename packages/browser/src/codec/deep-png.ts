// PNG of 16 bits a sample, which browsers decode to 8.

import { createPlane, type Plane, type Raster } from '@koutu/core/pixels'
import { decode } from 'fast-png'

export interface DeepPixels {
  /** RGB, 16 bit, in the color space of the file. */
  readonly color: Raster & { readonly data: Uint16Array }
  /** Null where every pixel is opaque. */
  readonly alpha: Plane | null
}

/** As stored: not turned. Null where the file cannot be read. */
export function readDeepPng(bytes: Uint8Array): DeepPixels | null {
  try {
    return toPixels(decode(bytes))
  } catch {
    return null
  }
}

function toPixels({ width, height, channels, data, transparency }: ReturnType<typeof decode>): DeepPixels | null {
  if (!(data instanceof Uint16Array)) return null
  const color = new Uint16Array(width * height * 3)
  let alpha: Plane | null = null
  const [green, blue] = channels < 3 ? [0, 0] : [1, 2]
  for (let i = 0, from = 0, to = 0; i < width * height; i++, from += channels, to += 3) {
    color[to] = data[from]!
    color[to + 1] = data[from + green]!
    color[to + 2] = data[from + blue]!
    const isClear = transparency?.every((value, k) => data[from + k] === value) === true
    const opacity = isClear ? 0 : channels % 2 === 0 ? data[from + channels - 1]! : 65535
    if (opacity === 65535) continue
    alpha ??= createPlane(width, height, 1)
    alpha.data[i] = opacity / 65535
  }
  return { color: { width, height, channels: 3, alpha: 'none', data: color }, alpha }
}
