// A shadow that the subject might cast on the ground it stands on: its silhouette laid down flat around its lowest line, soft,
// and darker where the subject touches. Drawn small: nothing in it is sharp.

import { feather } from '../matting/feather.ts'
import { type Box, createPlane, type Plane, type Size } from '../pixels/raster.ts'
import { resizePlane } from '../pixels/resize.ts'

/** Pixels of the plane's longer side: a blur of 1 % is still six of them. */
const LONGER_SIDE = 640
/** Height of the silhouette when it lies on the ground, as a share of its height: light from nearly above, seen from a little above. */
const FLATTENED = 0.12
/** Share of the flattened silhouette in front of (below) the lowest line. */
const IN_FRONT = 0.35
/** Softness of the whole shadow and of the dark core at the contact, as shares of the subject's longer side. */
const SOFT = 0.025
const CORE = 0.008
/** The lowest part of the subject, as a share of its height, that counts as touching the ground. */
const CONTACT = 0.05
/** Darkness of the whole shadow beside that of the contact. */
const FAINTER = 0.6

/**
 * Darkness in 0..1 of a plane stretched over the picture, at most `opacity`. `box` holds the subject. The canvas does not
 * grow: what would fall beyond its border is cut off.
 */
export function dropShadow(alpha: Plane, box: Box, opacity: number): Plane {
  const { width, height } = smallSize(alpha)
  const small = resizePlane(alpha, width, height)
  const scale = width / alpha.width
  const top = box.top * scale
  const bottom = (box.top + box.height) * scale
  const side = Math.max(box.width, box.height) * scale
  const whole = feather(flatten(small, top, bottom), SOFT * side)
  const contact = feather(flatten(small, bottom - CONTACT * (bottom - top), bottom), CORE * side)
  const out = createPlane(width, height)
  for (let i = 0; i < out.data.length; i++) {
    out.data[i] = opacity * Math.min(1, FAINTER * whole.data[i]! + (1 - FAINTER) * contact.data[i]!)
  }
  return out
}

function smallSize({ width, height }: Size): Size {
  const shrink = Math.max(1, Math.max(width, height) / LONGER_SIDE)
  return { width: Math.ceil(width / shrink), height: Math.ceil(height / shrink) }
}

/** Rows `top` to `bottom` pressed to FLATTENED of their height around the line at `bottom`. */
function flatten(alpha: Plane, top: number, bottom: number): Plane {
  const { width, height } = alpha
  const out = createPlane(width, height)
  const flat = Math.max(1, FLATTENED * (bottom - top))
  const first = bottom - (1 - IN_FRONT) * flat
  const step = (bottom - top) / flat
  for (let y = Math.max(0, Math.floor(first)); y < Math.min(height, Math.ceil(first + flat)); y++) {
    // The rows of the subject that fall on this one: their mean, so that nothing is skipped.
    const from = Math.max(0, Math.floor(top + (y - first) * step))
    const to = Math.min(height - 1, Math.ceil(top + (y + 1 - first) * step) - 1)
    const count = Math.max(1, to - from + 1)
    for (let v = from; v <= to; v++)
      for (let x = 0; x < width; x++) out.data[y * width + x]! += alpha.data[v * width + x]! / count
  }
  return out
}
