// Layers of files with several images.

import { parseColor } from '../compose/color.ts'
import { alphaAsGrey, overColor, overNothing } from '../compose/composite.ts'
import type { OutputOptions } from '../options/groups.ts'
import { createPlane, type Plane, type Raster } from '../pixels/raster.ts'
import type { Layer } from '../ports/ports.ts'

/** A finished cutout in its parts, all of the same size. */
export interface Parts {
  /** RGB, or RGBA where the photo does not cover the result. */
  readonly original: () => Raster
  readonly foreground: Raster
  readonly alpha: Plane
  readonly backdrop: Raster | null
}

/** The names that clients of remove.bg look for. `composed` is the result where there is something behind the subject. */
export function zipLayers({ foreground, alpha }: Parts, composed: Raster | null): Layer[] {
  // The colors go on where alpha is 0: a JPEG would mix black into the edge.
  const { color, gray } = composed ? splitChannels(composed) : { color: foreground, gray: grayAlpha(foreground, alpha) }
  return [
    { name: 'color', raster: color, visible: true },
    { name: 'alpha', raster: gray, visible: true },
  ]
}

/** RGB or RGBA as its colors and its alpha. */
function splitChannels(raster: Raster): { readonly color: Raster; readonly gray: Raster } {
  const { width, height, channels, data } = raster
  if (channels !== 4) return { color: raster, gray: grayAlpha(raster, createPlane(width, height, 1)) }
  const make = (length: number) => (data instanceof Uint16Array ? new Uint16Array(length) : new Uint8Array(length))
  const [rgb, alpha] = [make(width * height * 3), make(width * height)]
  for (let i = 0, at = 0; i < alpha.length; i++, at += 4) {
    rgb.set(data.subarray(at, at + 3), i * 3)
    alpha[i] = data[at + 3]!
  }
  return {
    color: { width, height, channels: 3, alpha: 'none', data: rgb },
    gray: { width, height, channels: 1, alpha: 'none', data: alpha },
  }
}

/** From the bottom up; what is visible together makes the result. */
export function psdLayers(
  { original, foreground, alpha, backdrop }: Parts,
  result: Raster,
  options: OutputOptions,
): Layer[] {
  const behind = backdrop ?? solid(foreground, options)
  return [
    { name: 'Original', raster: original(), visible: false },
    ...(behind ? [{ name: 'Background', raster: behind, visible: true }] : []),
    { name: 'Cutout', raster: behind ? overNothing(foreground, alpha) : result, visible: true },
    { name: 'Mask', raster: grayAlpha(foreground, alpha), visible: false },
  ]
}

function grayAlpha({ data }: Raster, alpha: Plane): Raster {
  return alphaAsGrey(alpha, data instanceof Uint16Array ? 16 : 8)
}

function solid(like: Raster, { background }: OutputOptions): Raster | null {
  const color = background.type === 'color' ? parseColor(background.color) : null
  return color && color.a > 0 ? overColor(like, createPlane(like.width, like.height), color) : null
}
