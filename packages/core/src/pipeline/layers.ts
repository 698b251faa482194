// What files of several pictures hold.

import { parseColor } from '../compose/color.ts'
import { alphaAsGrey, overColor, overNothing } from '../compose/composite.ts'
import type { ResolvedOptions } from '../options/options.ts'
import { createPlane, type Plane, type Raster } from '../pixels/raster.ts'
import type { Layer } from '../ports/ports.ts'

/** A finished cut-out in its parts, all of the same size. */
export interface Parts {
  /** RGB, or RGBA where the photo does not cover the result. */
  readonly original: () => Raster
  readonly foreground: Raster
  readonly alpha: Plane
  readonly backdrop: Raster | null
}

/** The names that clients of remove.bg look for. */
export function zipLayers({ foreground, alpha }: Parts): Layer[] {
  return [
    { name: 'color', raster: foreground, visible: true },
    { name: 'alpha', raster: greyAlpha(foreground, alpha), visible: true },
  ]
}

/** From the bottom up; what is visible together makes the result. */
export function psdLayers(
  { original, foreground, alpha, backdrop }: Parts,
  result: Raster,
  options: ResolvedOptions,
): Layer[] {
  const behind = backdrop ?? solid(foreground, options)
  return [
    { name: 'Original', raster: original(), visible: false },
    ...(behind ? [{ name: 'Background', raster: behind, visible: true }] : []),
    { name: 'Cut-out', raster: behind ? overNothing(foreground, alpha) : result, visible: true },
    { name: 'Mask', raster: greyAlpha(foreground, alpha), visible: false },
  ]
}

function greyAlpha({ data }: Raster, alpha: Plane): Raster {
  return alphaAsGrey(alpha, data instanceof Uint16Array ? 16 : 8)
}

function solid(like: Raster, { background }: ResolvedOptions): Raster | null {
  const color = background.type === 'color' ? parseColor(background.color) : null
  return color && color.a > 0 ? overColor(like, createPlane(like.width, like.height), color) : null
}
