// Scales an image to the input of a network.

import type { Picture } from '@koutu/core'
import sharp from 'sharp'

/** The whole image stretched to the network's size: 8-bit RGB. */
export async function scaleTo({ srgb }: Picture, width: number, height: number): Promise<Uint8Array> {
  return sharp(srgb.data, { raw: { width: srgb.width, height: srgb.height, channels: 3 }, limitInputPixels: false })
    .resize(width, height, { fit: 'fill', kernel: 'lanczos3' })
    .raw()
    .toBuffer()
}
