// Images drawn by formula, for tests that need to know every pixel. No text, no photos.

import { createPlane, type Plane, type Raster } from '@koutu/core'

/** Coverage of a disc, anti-aliased over one pixel: clamp(r - distance + 0.5). Center in pixel coordinates, centres at +0.5. */
export function drawDisc(width: number, height: number, centerX: number, centerY: number, radiusPx: number): Plane {
  const plane = createPlane(width, height)
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const distance = Math.hypot(x + 0.5 - centerX, y + 0.5 - centerY)
      plane.data[i] = Math.min(1, Math.max(0, radiusPx - distance + 0.5))
    }
  }
  return plane
}

/** RGB: red rises to the right, green downwards, blue along the diagonal; 16 bits use every bit. */
export function drawGradient(width: number, height: number, depth: 8 | 16): Raster {
  const max = depth === 16 ? 65535 : 255
  const data = depth === 16 ? new Uint16Array(width * height * 3) : new Uint8Array(width * height * 3)
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 3) {
      const u = width === 1 ? 0 : x / (width - 1)
      const v = height === 1 ? 0 : y / (height - 1)
      data[i] = Math.round(u * max)
      data[i + 1] = Math.round(v * max)
      data[i + 2] = Math.round(((u + 1 - v) / 2) * max)
    }
  }
  return { width, height, channels: 3, alpha: 'none', data }
}

/** The gradient with a disc as its alpha, straight: a cutout whose every sample is known. */
export function drawCutout(width: number, height: number, depth: 8 | 16): Raster {
  const color = drawGradient(width, height, depth)
  const max = depth === 16 ? 65535 : 255
  const disc = drawDisc(width, height, width / 2, height / 2, Math.min(width, height) * 0.4)
  const data = depth === 16 ? new Uint16Array(width * height * 4) : new Uint8Array(width * height * 4)
  for (let i = 0; i < width * height; i++) {
    data[i * 4] = color.data[i * 3]!
    data[i * 4 + 1] = color.data[i * 3 + 1]!
    data[i * 4 + 2] = color.data[i * 3 + 2]!
    data[i * 4 + 3] = Math.round(disc.data[i]! * max)
  }
  return { width, height, channels: 4, alpha: 'straight', data }
}
