// Images that belong to another one: of its aspect ratio, at any size.

import { invalidOptions } from '../options/resolve.ts'
import type { Size } from '../pixels/raster.ts'

/** They may be scaled, but not by two factors that differ more than this. */
const TOLERANCE = 0.01

/** Errors: INVALID_OPTIONS at `path` where `given` has another aspect ratio than the image it belongs to. */
export function checkShape(path: string, given: Size, picture: Size): void {
  if (Math.abs((given.width * picture.height) / (given.height * picture.width) - 1) <= TOLERANCE) return
  const message = `Expected an image with the aspect ratio of ${picture.width} x ${picture.height} but received ${given.width} x ${given.height}`
  throw invalidOptions([{ path, message }])
}
