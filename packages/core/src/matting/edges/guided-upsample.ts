// A small alpha at the size of its image, by the image's colors: all rows of upsampler.ts.

import type { Samples } from '../../pixels/numbers.ts'
import type { Pixels } from '../../pixels/plane.ts'
import { createPlane, type Plane, type Raster } from '../../pixels/raster.ts'
import type { LocalModels } from './local-linear.ts'
import { openUpsampler, upsampleRow } from './upsampler.ts'

export interface UpsampleOptions {
  /** 1 where `small` follows the image's colors. Of its size. */
  readonly band: Uint8Array
  /** For each pixel of `small`: alpha within this of 0 or 1 becomes 0 or 1, and what is between is stretched to the whole range. */
  readonly residue: Float32Array
  /** Whether each pixel's model gives its own alpha exactly; without, windows are averaged once more, which is a filter. */
  readonly exact: boolean
}

/**
 * `small` at the size of `guide`: inside the band by the colors of `guide`, elsewhere by bilinear interpolation.
 * `workingGuide` is the copy of `guide` that `models` were made of.
 */
export function guidedUpsample(
  small: Plane,
  models: LocalModels,
  workingGuide: Pixels<Samples>,
  guide: Raster,
  { band, residue, exact }: UpsampleOptions,
): Plane {
  const { width, height, channels, data } = guide
  const up = openUpsampler(small, models, band, workingGuide, width, height, residue, exact)
  const out = createPlane(width, height)
  for (let y = 0; y < height; y++) upsampleRow(up, y, data, y * width * channels, channels, out.data, y * width)
  return out
}
