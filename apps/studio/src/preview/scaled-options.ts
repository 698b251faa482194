// Options in pixels of the image, for a smaller copy of it.

import type { JobOptions } from '../api/jobs.ts'

interface Measure {
  readonly value: number
  readonly unit: 'px' | '%'
}

/** Longer side of a preview whose size is given in px. */
const CANVAS_SIDE = 640

/** For a copy whose sides are `scale` times those of the image. Always a PNG: nothing of it is saved. */
export function scaledOptions(options: JobOptions, scale: number): JobOptions {
  const { format, lossyQuality, maxOutputPixels, edgeShift, feather, margin, canvas, ...rest } = options
  const measure = ({ value, unit }: Measure): Measure => ({ value: unit === 'px' ? value * scale : value, unit })
  return {
    ...rest,
    ...(canvas && { canvas: scaledCanvas(canvas) }),
    ...(edgeShift === undefined ? {} : { edgeShift: edgeShift * scale }),
    ...(feather === undefined ? {} : { feather: feather * scale }),
    ...(margin === undefined ? {} : { margin: Array.isArray(margin) ? margin : measure(margin as Measure) }),
  }
}

function scaledCanvas(canvas: NonNullable<JobOptions['canvas']>): NonNullable<JobOptions['canvas']> {
  if (canvas.unit === 'ratio') return canvas
  const scale = Math.min(1, CANVAS_SIDE / Math.max(canvas.width, canvas.height))
  const side = (length: number) => Math.max(1, Math.round(length * scale))
  return { width: side(canvas.width), height: side(canvas.height), unit: 'px' }
}
