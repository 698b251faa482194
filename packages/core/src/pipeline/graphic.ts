// Decides whether an image is cut out as a graphic: by its flat background instead of a network.

import { colorKey, flatBackground, isGraphic, unmixColors } from '../matting/regions/color-key.ts'
import type { Plane, Raster } from '../pixels/raster.ts'
import type { InputFormat } from '../ports/ports.ts'
import type { View } from './view.ts'

export interface Graphic {
  readonly alpha: Plane
  /** Null where the background's value in the image's own color space is not known. */
  readonly foreground: Raster | null
}

/** Formats whose pixels are the drawing's own, without the ripples of lossy compression. */
const LOSSLESS: ReadonlySet<InputFormat> = new Set(['png', 'gif', 'tiff', 'bmp', 'ico', 'netpbm', 'tga'])

/** Alpha and colors of a graphic, or null where the image is none. `found`: a network's alpha of the whole image, of any size. */
export function graphicOf({ picture, seen, region, kind }: View, found: Plane): Graphic | null {
  if (kind === 'photo' || region || picture.alpha) return null
  const background = flatBackground(seen.srgb, !LOSSLESS.has(picture.format))
  if (!background) return null
  const alpha = colorKey(seen.srgb, background, found)
  if (kind === 'auto' && !isGraphic(seen.srgb, background, alpha, found)) return null
  const isOwnSpace = picture.color === picture.srgb
  return { alpha, foreground: isOwnSpace ? unmixColors(picture.color, alpha, background) : null }
}
