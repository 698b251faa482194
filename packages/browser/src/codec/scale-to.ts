// Scales an image to the input of a network, to the samples that libvips gives in Node, so that networks see the same.

import { enlargeRgb, LEAST_SIDE, type LoadedKernels } from '@koutu/core/kernels'
import type { Raster, Size } from '@koutu/core/pixels'
import { scaleRaster } from './scale.ts'

/**
 * 8-bit RGB of `size`. As in libvips what gets smaller is downscaled first, and splines do the rest; without the kernels, one step
 * does both.
 */
export function scaleTo({ pool }: LoadedKernels, raster: Raster, size: Size): Raster {
  const small = { width: Math.min(size.width, raster.width), height: Math.min(size.height, raster.height) }
  const isEnlarged = small.width < size.width || small.height < size.height
  if (!pool || !isEnlarged || Math.min(small.width, small.height) < LEAST_SIDE)
    return scaleRaster(raster, size, 'lanczos3')
  const isReduced = small.width < raster.width || small.height < raster.height
  const { data } = isReduced ? scaleRaster(raster, small, 'lanczos3') : raster
  return { ...raster, ...size, data: enlargeRgb(pool, data as Uint8Array, small, size) }
}
