// Puts a foreground with its alpha over nothing, a color or an image: C = alpha F + (1 - alpha) B
// (Porter and Duff 1984, "over"), on straight colors in the image's own encoding, as image editors do.

import { maxSample, type Plane, type Raster } from '../pixels/raster.ts'
import type { Rgba } from './color.ts'

type Samples = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>

function samples(like: Raster, length: number): Samples {
  return like.data instanceof Uint16Array ? new Uint16Array(length) : new Uint8Array(length)
}

/** RGB and alpha as straight RGBA of the same depth. Where alpha rounds to 0 the color is 0, so that nothing hides there. */
export function overNothing(foreground: Raster, alpha: Plane): Raster {
  const { data: rgb } = foreground
  const { width, height } = alpha
  const data = rgb instanceof Uint16Array ? rgba16(rgb, alpha.data) : rgba8(rgb, alpha.data)
  return { width, height, channels: 4, alpha: 'straight', data }
}

/** A pixel at a time, as one number: half the time of four. Little-endian, as every machine that runs this is. */
function rgba8(rgb: Uint8Array, alpha: Float32Array): Samples {
  const pixels = new Uint32Array(alpha.length)
  for (let i = 0, from = 0; i < pixels.length; i++, from += 3) {
    // Truncation rounds what is not negative.
    const a = (alpha[i]! * 255 + 0.5) | 0
    if (a !== 0) pixels[i] = rgb[from]! | (rgb[from + 1]! << 8) | (rgb[from + 2]! << 16) | (a << 24)
  }
  return new Uint8Array(pixels.buffer)
}

function rgba16(rgb: Uint16Array, alpha: Float32Array): Samples {
  const data = new Uint16Array(alpha.length * 4)
  for (let i = 0, from = 0, to = 0; i < alpha.length; i++, from += 3, to += 4) {
    const a = Math.round(alpha[i]! * 65535)
    if (a === 0) continue
    data[to] = rgb[from]!
    data[to + 1] = rgb[from + 1]!
    data[to + 2] = rgb[from + 2]!
    data[to + 3] = a
  }
  return data
}

/** Over one color. Opaque colors give RGB, others straight RGBA. */
export function overColor(foreground: Raster, alpha: Plane, color: Rgba): Raster {
  const max = maxSample(foreground)
  const scale = max / 255
  const [r, g, b] = [color.r * scale, color.g * scale, color.b * scale]
  const behind = color.a / 255
  const { data: rgb } = foreground
  const area = alpha.data.length
  const channels = color.a === 255 ? 3 : 4
  const data = samples(foreground, area * channels)
  for (let i = 0, from = 0, to = 0; i < area; i++, from += 3, to += channels) {
    const front = alpha.data[i]!
    const back = behind * (1 - front)
    const total = front + back
    if (total <= 0) continue
    const f = front / total
    const k = back / total
    data[to] = Math.round(rgb[from]! * f + r * k)
    data[to + 1] = Math.round(rgb[from + 1]! * f + g * k)
    data[to + 2] = Math.round(rgb[from + 2]! * f + b * k)
    if (channels === 4) data[to + 3] = Math.round(total * max)
  }
  return { width: alpha.width, height: alpha.height, channels, alpha: channels === 4 ? 'straight' : 'none', data }
}

/** Over an RGB image of the same size, whose depth may differ. */
export function overPicture(foreground: Raster, alpha: Plane, background: Raster): Raster {
  const scale = maxSample(foreground) / maxSample(background)
  const { data: front } = foreground
  const { data: back } = background
  const data = samples(foreground, alpha.data.length * 3)
  for (let i = 0, at = 0; i < alpha.data.length; i++) {
    const a = alpha.data[i]!
    for (let channel = 0; channel < 3; channel++, at++) {
      data[at] = Math.round(front[at]! * a + back[at]! * scale * (1 - a))
    }
  }
  return { width: alpha.width, height: alpha.height, channels: 3, alpha: 'none', data }
}

/** The alpha itself as a gray image, 8 or 16 bit. */
export function alphaAsGrey(alpha: Plane, depth: 8 | 16): Raster {
  const max = depth === 16 ? 65535 : 255
  const data = depth === 16 ? new Uint16Array(alpha.data.length) : new Uint8Array(alpha.data.length)
  for (let i = 0; i < data.length; i++) data[i] = Math.round(alpha.data[i]! * max)
  return { width: alpha.width, height: alpha.height, channels: 1, alpha: 'none', data }
}
