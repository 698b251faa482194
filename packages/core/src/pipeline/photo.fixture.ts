// A decoded photo without alpha, color profile or metadata, as the pipeline's tests need one.

import type { Raster } from '../pixels/raster.ts'
import type { Picture } from '../ports/ports.ts'

export function photoOf(color: Raster, alpha: Picture['alpha'] = null): Picture {
  const { width, height } = color
  const metadata = { exif: null, xmp: null }
  return { width, height, color, srgb: color, alpha, format: 'jpeg', icc: null, metadata, warnings: [] }
}
