// Alpha that the caller brings in place of an engine: made elsewhere, edited by hand, or of an earlier result. It is the matte as it
// is: nothing refines it.

import { cropPlane } from '../compose/crop.ts'
import { invalidOptions } from '../options/resolve.ts'
import { clamp01 } from '../pixels/clamp.ts'
import { fillWith } from '../pixels/fill-with.ts'
import { maxSample, type Plane, type Size } from '../pixels/raster.ts'
import { resizePlane } from '../pixels/resize.ts'
import type { Ctx, Picture, Warning } from '../ports/ports.ts'
import { checkShape } from './check-shape.ts'
import type { Finder } from './finder.ts'

/** How far samples may lie outside of 0..1: filters overshoot. */
const OVERSHOOT = 0.1

/** `read` gives the alpha of the whole upright image, at any size of its aspect ratio, in [0, 1]. */
export function alphaFinder(read: (ctx: Ctx) => Promise<Plane>): Finder {
  return {
    engine: 'none',
    warm: async () => {},
    async find({ picture, region }, ctx) {
      const given = await read(ctx)
      checkShape('alpha', given, picture)
      checkRange(given)
      const whole = resizePlane(given, picture.width, picture.height, 'cubic')
      return {
        alpha: clamped(region ? cropPlane(whole, region.seen) : whole),
        foreground: null,
        model: 'none',
        precision: 'none',
        timingsMs: {},
        warnings: whole === given ? [] : [resampled(given, picture)],
        isCoarse: false,
        levels: null,
      }
    },
  }
}

/** The alpha that an image shows: its own where it has any, else its brightness. 8 or 16 bits as the image has. */
export function alphaOf({ width, height, color, alpha }: Picture): Plane {
  if (alpha) return alpha
  const white = 3 * maxSample(color)
  const { data, channels } = color
  const mean = (i: number) => (data[i * channels]! + data[i * channels + 1]! + data[i * channels + 2]!) / white
  return { width, height, data: fillWith(new Float32Array(width * height), mean) }
}

function checkRange({ data }: Plane): void {
  const wrong = data.find((value) => !(value >= -OVERSHOOT && value <= 1 + OVERSHOOT))
  if (wrong === undefined) return
  throw invalidOptions([{ path: 'alpha', message: `Expected values from 0 to 1 but received ${wrong}` }])
}

/** A copy: the caller's alpha stays as it is. */
function clamped(plane: Plane): Plane {
  return { ...plane, data: plane.data.map(clamp01) }
}

function resampled(given: Size, picture: Size): Warning {
  return {
    code: 'alpha-resampled',
    message: `The alpha of ${given.width} x ${given.height} was resampled to ${picture.width} x ${picture.height}.`,
  }
}
