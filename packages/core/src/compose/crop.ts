// Rectangles around subjects, and cutting rasters and planes to them.

import type { Box, Plane, Raster, Size } from '../pixels/raster.ts'

/** The smallest box around all alpha above `threshold`; null where there is none. */
export function subjectBox(alpha: Plane, threshold: number): Box | null {
  const { width, height, data } = alpha
  let [left, top, right, bottom] = [width, -1, -1, -1]
  for (let y = 0; y < height; y++) {
    const row = y * width
    let first = 0
    while (first < width && !(data[row + first]! > threshold)) first++
    if (first === width) continue
    let last = width - 1
    while (!(data[row + last]! > threshold)) last--
    if (top < 0) top = y
    bottom = y
    if (first < left) left = first
    if (last > right) right = last
  }
  return top < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 }
}

/** The box grown on every side by `px` and kept inside the image. */
export function growBox(box: Box, px: number, picture: Size): Box {
  const left = Math.max(0, box.left - px)
  const top = Math.max(0, box.top - px)
  const right = Math.min(picture.width, box.left + box.width + px)
  const bottom = Math.min(picture.height, box.top + box.height + px)
  return { left, top, width: right - left, height: bottom - top }
}

export function cropRaster(raster: Raster, box: Box): Raster {
  if (box.width === raster.width && box.height === raster.height) return raster
  return {
    ...raster,
    width: box.width,
    height: box.height,
    data: cropRows(raster.data, raster.width, raster.channels, box),
  }
}

export function cropPlane(plane: Plane, box: Box): Plane {
  if (box.width === plane.width && box.height === plane.height) return plane
  return { width: box.width, height: box.height, data: cropRows(plane.data, plane.width, 1, box) }
}

function cropRows<T extends Uint8Array | Uint16Array | Float32Array>(
  data: T,
  width: number,
  channels: number,
  box: Box,
): T {
  const rowLength = box.width * channels
  const out = new (data.constructor as new (length: number) => T)(rowLength * box.height)
  for (let y = 0; y < box.height; y++) {
    const from = ((box.top + y) * width + box.left) * channels
    out.set(data.subarray(from, from + rowLength) as T & ArrayLike<number>, y * rowLength)
  }
  return out
}
