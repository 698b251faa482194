// A copy of an image for a person to look at, with its transparency, small enough to be sent.

import type { Picture } from '@koutu/core'
import sharp, { type Sharp } from 'sharp'

const QUALITY = 88

/** As 8-bit sRGB in WebP, with the longer side of at most `maxSide` pixels. Never upscales. */
export async function encodeView(picture: Picture, maxSide: number): Promise<Uint8Array> {
  const image = await withAlpha(picture)
  return image
    .resize({ width: maxSide, height: maxSide, fit: 'inside', withoutEnlargement: true })
    .webp({ quality: QUALITY, alphaQuality: 90 })
    .toBuffer()
}

/** In a pipeline of its own: sharp joins channels after it has resized. */
async function withAlpha({ srgb, alpha, width, height }: Picture): Promise<Sharp> {
  const opaque = sharp(srgb.data, { raw: { width, height, channels: 3 }, limitInputPixels: false })
  if (!alpha) return opaque
  const levels = Uint8Array.from(alpha.data, (value) => Math.round(value * 255))
  const joined = opaque.joinChannel(Buffer.from(levels.buffer), { raw: { width, height, channels: 1 } })
  return sharp(await joined.raw().toBuffer(), { raw: { width, height, channels: 4 }, limitInputPixels: false })
}
