// Resizing and blurring of rasters with sharp (libvips), for backgrounds.

import { type Ctx, KoutuError, type Raster, type Size, throwIfAborted } from '@koutu/core'
import type { Sharp } from 'sharp'
import { fromRaster } from './encode.ts'
import { plainBytes } from './samples.ts'
import { ownError } from './sharp-error.ts'

/** Below this no sample moves by as much as one step of 255. */
const MIN_SIGMA = 0.3
/** The kernel is cut where it falls to this share of its middle. */
const MIN_AMPLITUDE = 0.01
/**
 * Wider blurs work on the image shrunk until the deviation is this, which widens them by half a percent and makes time for
 * floating point: libvips' integer kernels darken by up to 3 %. At 12 megapixels and 80 px 0.7 s.
 */
const WORKING_SIGMA = 4
/** An image is not shrunk below this, where its edges would count for too much. */
const MIN_SHRUNK_SIDE = 64

/** Scaled to cover `size` and cropped at the center, Lanczos. */
export async function coverRaster(raster: Raster, size: Size, { signal }: Ctx): Promise<Raster> {
  throwIfAborted(signal)
  const { width, height } = size
  return run(fromRaster(raster).resize({ width, height, fit: 'cover', position: 'centre', kernel: 'lanczos3' }), raster)
}

/** Gaussian blur; beyond the edges the edge pixels go on. */
export async function blurRaster(raster: Raster, sigmaPx: number, { signal }: Ctx): Promise<Raster> {
  throwIfAborted(signal)
  if (sigmaPx < MIN_SIGMA) return raster
  const shortSide = Math.min(raster.width, raster.height)
  const shrink = Math.min(sigmaPx / WORKING_SIGMA, shortSide / MIN_SHRUNK_SIDE)
  if (shrink < 2) return blur(raster, sigmaPx)
  const small = { width: Math.round(raster.width / shrink), height: Math.round(raster.height / shrink) }
  const shrunk = await run(fromRaster(raster).resize({ ...small, fit: 'fill', kernel: 'linear' }), raster)
  throwIfAborted(signal)
  const blurred = await blur(shrunk, (sigmaPx * small.width) / raster.width)
  throwIfAborted(signal)
  const { width, height } = raster
  return run(fromRaster(blurred).resize({ width, height, fit: 'fill', kernel: 'cubic' }), raster)
}

function blur(raster: Raster, sigma: number): Promise<Raster> {
  return run(fromRaster(raster).blur({ sigma, minAmplitude: MIN_AMPLITUDE, precision: 'float' }), raster)
}

/** The pipeline's pixels, with channels and depth as `like`. */
async function run(image: Sharp, like: Raster): Promise<Raster> {
  const deep = like.data instanceof Uint16Array
  try {
    const { data, info } = await image.raw({ depth: deep ? 'ushort' : 'uchar' }).toBuffer({ resolveWithObject: true })
    if (info.channels !== like.channels) {
      throw new KoutuError('INTERNAL', { detail: `expected ${like.channels} channels but received ${info.channels}` })
    }
    return {
      width: info.width,
      height: info.height,
      channels: like.channels,
      alpha: like.alpha,
      data: deep ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2) : plainBytes(data),
    }
  } catch (error) {
    throw ownError(error)
  }
}
