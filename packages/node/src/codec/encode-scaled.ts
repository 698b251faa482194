// A smaller copy of an image for a service that takes no large ones.

import type { Picture } from '@koutu/core'
import sharp from 'sharp'

/** The 8-bit sRGB pixels with the longer side brought to `maxSide`, as PNG. The same image gives the same bytes. */
export async function encodeScaled({ srgb }: Picture, maxSide: number): Promise<Uint8Array> {
  return sharp(srgb.data, { raw: { width: srgb.width, height: srgb.height, channels: 3 }, limitInputPixels: false })
    .resize({ width: maxSide, height: maxSide, fit: 'inside', kernel: 'lanczos3' })
    .png()
    .toBuffer()
}
