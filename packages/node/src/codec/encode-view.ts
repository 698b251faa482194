// A copy of an image for a person to look at, with its transparency, small enough to be sent.

import type { Picture } from '@koutu/core'
import sharp from 'sharp'

const QUALITY = 88

/** As 8-bit sRGB in WebP, with the longer side of at most `maxSide` pixels. Never upscales. */
export async function encodeView({ srgb, alpha, width, height }: Picture, maxSide: number): Promise<Uint8Array> {
  const raw = { raw: { width, height, channels: 3 }, limitInputPixels: false } as const
  const image = sharp(srgb.data, raw)
  if (alpha) {
    const levels = Uint8Array.from(alpha.data, (value) => Math.round(value * 255))
    image.joinChannel(Buffer.from(levels.buffer), { raw: { width, height, channels: 1 } })
  }
  return image
    .resize({ width: maxSide, height: maxSide, fit: 'inside', withoutEnlargement: true })
    .webp({ quality: QUALITY, alphaQuality: 90 })
    .toBuffer()
}
