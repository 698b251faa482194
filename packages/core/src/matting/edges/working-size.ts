// How a network's alpha comes to the size that is worked on, and how wide the matting's windows are there.

import { clamp01 } from '../../pixels/clamp.ts'
import { max } from '../../pixels/integers.ts'
import type { f64, i32 } from '../../pixels/numbers.ts'
import { Plane } from '../../pixels/plane.ts'
import { resampleCubic, resampleLinear } from '../../pixels/resample.ts'

/**
 * Radius of the matting windows, in pixels of the network's alpha: wider than its own ramps, so that each window sees both
 * sides; narrower in images with less than WIDE of its pixels.
 */
const RADIUS: f64 = 8
const RADIUS_SMALL: f64 = 5
const WIDE: f64 = 0.33

/** How much smaller, along an axis, the working copy of an image is than the image: at least 1, so that it has `mostPixels` at most. */
export function shrinkFor(width: i32, height: i32, mostPixels: i32): f64 {
  return Math.max(1, Math.sqrt(((width as f64) * height) / mostPixels))
}

/** In pixels of a copy with `scale` pixels for each of the network's, along an axis. `detail`: the same for areas, at full size. */
export function windowRadius(detail: f64, scale: f64): i32 {
  return max(1, Math.floor((detail > WIDE ? RADIUS : RADIUS_SMALL) * scale + 0.5) as i32)
}

/** `coarse` at the working size; by a sharper filter where the image is small, because there the network saw more than it shows. */
export function networkAlpha(coarse: Plane, width: i32, height: i32, detail: f64): Plane {
  if (detail > WIDE) return resampleLinear(coarse, width, height)
  const source = resampleCubic(coarse, width, height).data
  const data = new Float32Array(source.length)
  for (let i = 0; i < data.length; i++) data[i] = clamp01(source[i]!)
  return new Plane(width, height, data)
}
