// What backgrounds need: an image scaled to cover a canvas, and blurred.

import type { Raster, Size } from '@koutu/core/pixels'
import { scaleRaster } from './scale.ts'

/** Below this no sample moves by as much as one step of 255. */
const MIN_SIGMA = 0.3
/** Wider blurs work on the image downscaled until the deviation is this. */
const WORKING_SIGMA = 4
/** An image is not downscaled below this, where its edges would count for too much. */
const MIN_SMALL_SIDE = 64

/** Scaled to cover `size` and cropped at the center. */
export function coverRaster(raster: Raster, size: Size): Raster {
  const scale = Math.max(size.width / raster.width, size.height / raster.height)
  const [width, height] = [size.width / scale, size.height / scale]
  const box = { left: (raster.width - width) / 2, top: (raster.height - height) / 2, width, height }
  return scaleRaster(raster, size, 'lanczos3', box)
}

/** Gaussian blur with the given standard deviation; beyond the edges the edge pixels go on. */
export function blurRaster(raster: Raster, sigmaPx: number): Raster {
  if (sigmaPx < MIN_SIGMA) return raster
  const { width, height } = raster
  const factor = Math.min(sigmaPx / WORKING_SIGMA, Math.min(width, height) / MIN_SMALL_SIDE)
  if (factor < 2) return gaussian(raster, sigmaPx)
  const small = { width: Math.round(width / factor), height: Math.round(height / factor) }
  const blurred = gaussian(scaleRaster(raster, small, 'linear'), (sigmaPx * small.width) / width)
  return scaleRaster(blurred, raster, 'cubic')
}

function gaussian(raster: Raster, sigmaPx: number): Raster {
  const { width, height, channels, data } = raster
  const weights = gaussianWeights(sigmaPx)
  const wide = new Float32Array(data.length)
  blurLines(data, wide, weights, { lines: height, line: width * channels, count: width, step: channels, channels })
  const out = data.slice()
  // Rounded, as typed arrays of integers cut off.
  const high = new Float32Array(data.length)
  blurLines(wide, high, weights, { lines: width, line: channels, count: height, step: width * channels, channels })
  for (let i = 0; i < out.length; i++) out[i] = high[i]! + 0.5
  return { ...raster, data: out }
}

function gaussianWeights(sigmaPx: number): Float32Array {
  const radius = Math.ceil(sigmaPx * 3.5)
  const weights = Float32Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigmaPx ** 2)),
  )
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) => weight / sum)
}

/** Where the samples of a line lie: `lines` lines that begin `line` apart, of `count` pixels that lie `step` apart. */
interface Lines {
  readonly lines: number
  readonly line: number
  readonly count: number
  readonly step: number
  readonly channels: number
}

function blurLines(source: ArrayLike<number>, target: Float32Array, weights: Float32Array, lines: Lines): void {
  const { count, step, channels } = lines
  const radius = (weights.length - 1) / 2
  const padded = new Float32Array(count + 2 * radius)
  for (let i = 0; i < lines.lines; i++) {
    for (let channel = 0; channel < channels; channel++) {
      const base = i * lines.line + channel
      for (let k = 0; k < padded.length; k++) {
        padded[k] = source[base + Math.min(count - 1, Math.max(0, k - radius)) * step]!
      }
      for (let x = 0; x < count; x++) {
        let sum = 0
        for (let k = 0; k < weights.length; k++) sum += weights[k]! * padded[x + k]!
        target[base + x * step] = sum
      }
    }
  }
}
