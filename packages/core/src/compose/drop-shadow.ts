// Draws a shadow on the ground below the subject: its silhouette laid flat around its lowest line, soft, and darker at the
// contact. Rendered small, because nothing in it is sharp.

import { feather } from '../matting/style/feather.ts'
import { type Box, createPlane, type Plane, type Size } from '../pixels/raster.ts'
import { resizePlane } from '../pixels/resize.ts'
import type { Shadow } from './cast-shadow.ts'

/** Pixels of the image's longer side where the shadow is drawn: a blur of 1 % is still six of them. */
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

/** How far it may reach beyond the subject, as a share of the subject's longer side: its blur, and what lies in front. */
const REACH = 0.2

/** At most `opacity` dark. `box` holds the subject; beyond the border of the image the shadow goes on. */
export function dropShadow(alpha: Plane, box: Box, opacity: number): Shadow {
  const { width, height } = smallSize(alpha)
  const scale = width / alpha.width
  const side = Math.max(box.width, box.height) * scale
  const pad = Math.ceil(REACH * side) + 1
  const small = padded(resizePlane(alpha, width, height), pad)
  const top = box.top * scale + pad
  const bottom = (box.top + box.height) * scale + pad
  const whole = feather(flatten(small, top, bottom), SOFT * side)
  const contact = feather(flatten(small, bottom - CONTACT * (bottom - top), bottom), CORE * side)
  const darkness = createPlane(small.width, small.height)
  for (let i = 0; i < darkness.data.length; i++) {
    darkness.data[i] = opacity * Math.min(1, FAINTER * whole.data[i]! + (1 - FAINTER) * contact.data[i]!)
  }
  const [x, y] = [alpha.width / width, alpha.height / height]
  const frame = { left: -pad * x, top: -pad * y, width: small.width * x, height: small.height * y }
  return { darkness, frame }
}

function padded({ width, height, data }: Plane, pad: number): Plane {
  const out = createPlane(width + 2 * pad, height + 2 * pad)
  for (let y = 0; y < height; y++) out.data.set(data.subarray(y * width, (y + 1) * width), (y + pad) * out.width + pad)
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
