// Renders the pixels to encode, from the cut and its plan. Pure and synchronous.

import { castShadow } from '../compose/cast-shadow.ts'
import { parseColor } from '../compose/color.ts'
import { alphaAsGrey, overColor, overNothing, overPicture } from '../compose/composite.ts'
import { covers, type Layout } from '../compose/layout.ts'
import { place, placeAlpha, placeColor } from '../compose/place.ts'
import { KoutuError } from '../errors/koutu-error.ts'
import { harden } from '../matting/style/harden.ts'
import type { GroupedOptions } from '../options/grouped.ts'
import type { OutputOptions } from '../options/groups.ts'
import { createPlane, type Plane, type Raster } from '../pixels/raster.ts'
import type { Layer, Picture } from '../ports/ports.ts'
import { type Parts, psdLayers, zipLayers } from './layers.ts'
import type { Cut } from './matte.ts'
import type { Plan } from './plan.ts'
import { shadowOnCanvas } from './shadow.ts'

export interface Result {
  /** What is encoded: RGBA, RGB over an opaque background, or gray for a mask; as deep as the image. */
  readonly raster: Raster
  /** For formats that hold several images. */
  readonly layers: readonly Layer[] | null
}

/** Places the cut with its shadow on the canvas. `backdrop` is RGB of the canvas' size where an image is behind. */
export function render(
  picture: Picture,
  { foreground, alpha }: Cut,
  { layout, shadow }: Plan,
  backdrop: Raster | null,
  { output, edge: { hardMask } }: Pick<GroupedOptions, 'output' | 'edge'>,
): Result {
  // Resampling softens what was hard.
  const hardAgain = (placed: Plane) => (hardMask && placed !== alpha ? harden(placed, 0.5) : placed)
  if (output.mask) {
    const depth = foreground.data instanceof Uint16Array ? 16 : 8
    return { raster: alphaAsGrey(hardAgain(placeAlpha(alpha, layout)), depth), layers: null }
  }
  const placed = place(foreground, alpha, layout)
  const plain = { foreground: placed.color, alpha: hardAgain(placed.alpha) }
  const shown = shadow ? castShadow(plain.foreground, plain.alpha, shadowOnCanvas(shadow, layout)) : plain
  const parts: Parts = { ...shown, original: () => originalOn(layout, picture), backdrop }
  if (output.format === 'zip') {
    const composed = output.background.type === 'transparent' ? null : composite(parts, output)
    return { raster: parts.foreground, layers: zipLayers(parts, composed) }
  }
  const raster = composite(parts, output)
  return { raster, layers: output.format === 'psd' ? psdLayers(parts, raster, output) : null }
}

function originalOn(layout: Layout, { color, width, height }: Picture): Raster {
  if (covers({ width, height }, layout)) return placeColor(color, layout)
  const placed = place(color, createPlane(width, height, 1), layout)
  return overNothing(placed.color, placed.alpha)
}

function composite({ foreground, alpha, backdrop }: Parts, { background }: OutputOptions): Raster {
  if (backdrop) return overPicture(foreground, alpha, backdrop)
  if (background.type !== 'color') return overNothing(foreground, alpha)
  const color = parseColor(background.color)
  if (!color) throw new KoutuError('INTERNAL', { detail: `'${background.color}' passed the schema but is not a color` })
  return overColor(foreground, alpha, color)
}
