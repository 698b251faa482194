// Scales an image to the input of a network.

import type { Picture, Size } from '@koutu/core'
import { enlargeRgb, LEAST_SIDE } from '@koutu/core/kernels'
import sharp from 'sharp'
import { loadKernels } from '../kernels/load.ts'

/** The whole image stretched to the network's size: 8-bit RGB. The kernels give the same samples as libvips alone. */
export async function scaleTo({ srgb }: Picture, width: number, height: number): Promise<Uint8Array> {
  const { data, ...size } = srgb
  if (!(data instanceof Uint8Array)) throw new TypeError('expected 8-bit samples')
  const { pool } = await loadKernels()
  const reduced = { width: Math.min(size.width, width), height: Math.min(size.height, height) }
  const isEnlarged = reduced.width < width || reduced.height < height
  if (!pool || !isEnlarged || Math.min(reduced.width, reduced.height) < LEAST_SIDE)
    return resize(data, size, { width, height })
  const isReduced = reduced.width < size.width || reduced.height < size.height
  return enlargeRgb(pool, isReduced ? await resize(data, size, reduced) : data, reduced, { width, height })
}

function resize(rgb: Uint8Array, { width, height }: Size, to: Size): Promise<Uint8Array> {
  return sharp(rgb, { raw: { width, height, channels: 3 }, limitInputPixels: false })
    .resize(to.width, to.height, { fit: 'fill', kernel: 'lanczos3' })
    .raw()
    .toBuffer()
}
