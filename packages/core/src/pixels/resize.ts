// Separable resampling of float planes, pixel centres at +0.5 (align-corners false).
// Upscaling interpolates; downscaling widens the kernel by the factor, so that every source pixel counts.

import { createPlane, type Plane } from './raster.ts'

export type ResizeFilter = 'linear' | 'cubic'

interface Kernel {
  readonly support: number
  weight(x: number): number
}

const KERNELS: Record<ResizeFilter, Kernel> = {
  linear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  // Keys 1981, a = -0.5 (Catmull-Rom). Overshoots: clamp the result where a range must hold.
  cubic: {
    support: 2,
    weight(x) {
      const t = Math.abs(x)
      if (t < 1) return (1.5 * t - 2.5) * t * t + 1
      if (t < 2) return ((-0.5 * t + 2.5) * t - 4) * t + 2
      return 0
    },
  },
}

interface Taps {
  /** First source index and number of taps of each output sample. */
  readonly first: Int32Array
  readonly count: Int32Array
  readonly weights: Float32Array
  readonly stride: number
}

function makeTaps(from: number, to: number, { support, weight }: Kernel): Taps {
  const scale = from / to
  const stretch = Math.max(1, scale)
  const reach = support * stretch
  const stride = Math.ceil(reach) * 2 + 1
  const first = new Int32Array(to)
  const count = new Int32Array(to)
  const weights = new Float32Array(to * stride)
  for (let i = 0; i < to; i++) {
    const center = (i + 0.5) * scale
    const begin = Math.max(0, Math.ceil(center - reach - 0.5))
    const end = Math.min(from - 1, Math.floor(center + reach - 0.5))
    let sum = 0
    for (let j = begin; j <= end; j++) {
      const w = weight((j + 0.5 - center) / stretch)
      weights[i * stride + j - begin] = w
      sum += w
    }
    for (let j = 0; j <= end - begin; j++) weights[i * stride + j]! /= sum
    first[i] = begin
    count[i] = end - begin + 1
  }
  return { first, count, weights, stride }
}

/** A plane of `width` x `height`. Returns `plane` itself when it has that size already. */
export function resizePlane(plane: Plane, width: number, height: number, filter: ResizeFilter = 'linear'): Plane {
  if (plane.width === width && plane.height === height) return plane
  const kernel = KERNELS[filter]
  // The order with the smaller plane between the two passes.
  return plane.width * height < width * plane.height
    ? resizeColumns(resizeRows(plane, height, kernel), width, kernel)
    : resizeRows(resizeColumns(plane, width, kernel), height, kernel)
}

function resizeColumns(plane: Plane, width: number, kernel: Kernel): Plane {
  if (plane.width === width) return plane
  const { first, count, weights, stride } = makeTaps(plane.width, width, kernel)
  const out = createPlane(width, plane.height)
  const { data } = plane
  const target = out.data
  for (let y = 0, to = 0; y < plane.height; y++) {
    const source = y * plane.width
    for (let x = 0; x < width; x++, to++) {
      const at = x * stride
      const end = at + count[x]!
      let sum = 0
      for (let k = at, from = source + first[x]!; k < end; k++, from++) sum += weights[k]! * data[from]!
      target[to] = sum
    }
  }
  return out
}

function resizeRows(plane: Plane, height: number, kernel: Kernel): Plane {
  if (plane.height === height) return plane
  const { width } = plane
  const { first, count, weights, stride } = makeTaps(plane.height, height, kernel)
  const out = createPlane(width, height)
  const { data } = plane
  const target = out.data
  for (let y = 0; y < height; y++) {
    const begin = y * width
    for (let k = 0; k < count[y]!; k++) {
      const w = weights[y * stride + k]!
      for (let to = begin, from = (first[y]! + k) * width; to < begin + width; to++, from++)
        target[to]! += w * data[from]!
    }
  }
  return out
}
