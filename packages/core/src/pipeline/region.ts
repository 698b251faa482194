// Region of interest: cuts the image to it, and puts the answer back in its place.

import { cropPlane, cropRaster, growBox } from '../compose/crop.ts'
import { invalidOptions } from '../options/resolve.ts'
import type { Region } from '../options/values.ts'
import { type Box, createPlane, type Plane, type Raster, type Size } from '../pixels/raster.ts'
import type { Picture } from '../ports/ports.ts'

export interface RegionOfInterest {
  /** Where the subject may be. */
  readonly box: Box
  /** What the engine is shown: a margin more, because networks need surroundings to tell a subject by. */
  readonly seen: Box
}

/** Share of the region's longer side. */
const MARGIN = 0.1

/** The part of the region inside the image; null for no region. Errors: INVALID_OPTIONS where no pixel is inside. */
export function regionOfInterest(roi: Region | undefined, picture: Size): RegionOfInterest | null {
  if (!roi) return null
  const { width, height } = picture
  const [sx, sy] = roi.unit === '%' ? [width / 100, height / 100] : [1, 1]
  const left = Math.max(0, Math.round(roi.left * sx))
  const top = Math.max(0, Math.round(roi.top * sy))
  const right = Math.min(width, Math.round((roi.left + roi.width) * sx))
  const bottom = Math.min(height, Math.round((roi.top + roi.height) * sy))
  if (right <= left || bottom <= top) {
    throw invalidOptions([
      {
        path: 'roi',
        message: `Expected a region inside the image of ${width} x ${height} but received one outside it`,
      },
    ])
  }
  const box = { left, top, width: right - left, height: bottom - top }
  return { box, seen: growBox(box, Math.round(MARGIN * Math.max(box.width, box.height)), picture) }
}

/** The image cut to `box`, planes that were one staying one. */
export function cropPicture(picture: Picture, box: Box): Picture {
  const color = cropRaster(picture.color, box)
  return {
    ...picture,
    width: box.width,
    height: box.height,
    color,
    srgb: picture.srgb === picture.color ? color : cropRaster(picture.srgb, box),
    alpha: picture.alpha && cropPlane(picture.alpha, box),
  }
}

/** `alpha` of what was seen as alpha of the whole image: 0 outside the region. */
export function placeAlpha(alpha: Plane, { box, seen }: RegionOfInterest, picture: Size): Plane {
  const out = createPlane(picture.width, picture.height)
  for (let y = box.top; y < box.top + box.height; y++) {
    const from = (y - seen.top) * seen.width + box.left - seen.left
    out.data.set(alpha.data.subarray(from, from + box.width), y * picture.width + box.left)
  }
  return out
}

/** `raster` of what was seen as a raster of the whole image: black outside. */
export function placeRaster(raster: Raster, seen: Box, picture: Size): Raster {
  const { channels } = raster
  const { width, height } = picture
  const length = width * height * channels
  const data = raster.data instanceof Uint16Array ? new Uint16Array(length) : new Uint8Array(length)
  for (let y = 0; y < seen.height; y++) {
    const row = raster.data.subarray(y * seen.width * channels, (y + 1) * seen.width * channels)
    data.set(row, ((seen.top + y) * width + seen.left) * channels)
  }
  return { ...raster, width, height, data }
}
