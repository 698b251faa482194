// Options in pixels of the image, for a smaller copy of it.

import type { JobOptions } from '../api/jobs.ts'

interface Measure {
  readonly value: number
  readonly unit: 'px' | '%'
}

/** For a copy whose sides are `scale` times those of the image. Always a PNG: nothing of it is saved. */
export function scaledOptions(options: JobOptions, scale: number): JobOptions {
  const { format, lossyQuality, maxOutputPixels, edgeShift, feather, margin, ...rest } = options
  const measure = ({ value, unit }: Measure): Measure => ({ value: unit === 'px' ? value * scale : value, unit })
  return {
    ...rest,
    ...(edgeShift === undefined ? {} : { edgeShift: edgeShift * scale }),
    ...(feather === undefined ? {} : { feather: feather * scale }),
    ...(margin === undefined ? {} : { margin: Array.isArray(margin) ? margin : measure(margin as Measure) }),
  }
}
