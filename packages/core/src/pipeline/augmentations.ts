// Test-time augmentation: transformed views of an image, each with its inverse for the answer. A subject that touches the
// border is whole in a frame; a small one is large in a close-up.

import { cropPlane, cropRaster, subjectBox } from '../compose/crop.ts'
import { type Box, createPlane, type Plane, type Raster } from '../pixels/raster.ts'
import { resizePlane } from '../pixels/resize.ts'

export interface Augmentation {
  readonly image: Raster
  /** Alpha of `image`, of any size, as alpha stretched over the image. */
  back(alpha: Plane): Plane
}

/** Border of a framed view, as a share of the image's sides. */
const FRAME = 1 / 6
/** From how much alpha on something is in a close-up, and the room left around it, as a share of its sides. */
const SHOWN = 0.1
const ROOM = 0.12
/** Places a side at which an answer is looked through for the subject. */
const PLACES = 256

/** Flipped left to right. */
export function mirrored(picture: Raster): Augmentation {
  const image = { ...picture, data: picture.data.slice() }
  reverseRows(image.data, picture.width, picture.channels)
  return {
    image,
    back({ width, height, data }) {
      const out = data.slice()
      reverseRows(out, width, 1)
      return { width, height, data: out }
    },
  }
}

/** Turned by half a turn. */
export function upsideDown(picture: Raster): Augmentation {
  const image = { ...picture, data: picture.data.slice() }
  // All pixels in one row: its mirror image is the image turned.
  reverseRows(image.data, picture.width * picture.height, picture.channels)
  return { image, back: (alpha) => ({ ...alpha, data: alpha.data.slice().reverse() }) }
}

/** With a border of the image's mean color around it. */
export function framed(picture: Raster): Augmentation {
  const { channels, data } = picture
  const left = Math.ceil(picture.width * FRAME)
  const top = Math.ceil(picture.height * FRAME)
  const width = picture.width + 2 * left
  const height = picture.height + 2 * top
  const mean = meanColor(picture)
  const out = new Uint8Array(width * height * channels)
  for (let i = 0; i < out.length; i += channels) out.set(mean, i)
  const stride = picture.width * channels
  for (let y = 0; y < picture.height; y++) {
    out.set(data.subarray(y * stride, (y + 1) * stride), ((y + top) * width + left) * channels)
  }
  return {
    image: { ...picture, width, height, data: out },
    back: (alpha) =>
      cropToNearest(alpha, {
        left: (left / width) * alpha.width,
        top: (top / height) * alpha.height,
        width: (picture.width / width) * alpha.width,
        height: (picture.height / height) * alpha.height,
      }),
  }
}

/** The part of the image in which `alpha`, an answer about the whole of it, sees something. All of it where that is nothing. */
export function closeUp(picture: Raster, alpha: Plane): Augmentation {
  const { left, top, width, height } = surroundings(resizePlane(alpha, PLACES, PLACES))
  const box = {
    left: Math.floor((left * picture.width) / PLACES),
    top: Math.floor((top * picture.height) / PLACES),
    width: Math.max(1, Math.floor((width * picture.width) / PLACES)),
    height: Math.max(1, Math.floor((height * picture.height) / PLACES)),
  }
  return {
    image: cropRaster(picture, box),
    back(answer) {
      const small = resizePlane(answer, width, height)
      const out = createPlane(PLACES, PLACES)
      for (let y = 0; y < height; y++) {
        out.data.set(small.data.subarray(y * width, (y + 1) * width), (y + top) * PLACES + left)
      }
      return out
    },
  }
}

function reverseRows(data: Raster['data'] | Float32Array, width: number, channels: number): void {
  const stride = width * channels
  for (let row = 0; row < data.length; row += stride) {
    for (let from = row, to = row + stride - channels; from < to; from += channels, to -= channels) {
      for (let c = 0; c < channels; c++) {
        const held = data[from + c]!
        data[from + c] = data[to + c]!
        data[to + c] = held
      }
    }
  }
}

function meanColor({ channels, data }: Raster): Uint8Array {
  const sums = new Float64Array(channels)
  for (let i = 0; i < data.length; i += channels) for (let c = 0; c < channels; c++) sums[c]! += data[i + c]!
  return Uint8Array.from(sums, (sum) => Math.round((sum * channels) / data.length))
}

/** Of all places with something in them, and some room around. */
function surroundings(places: Plane): Box {
  const { width, height } = places
  const box = subjectBox(places, SHOWN)
  if (!box) return { left: 0, top: 0, width, height }
  const beside = Math.round(box.width * ROOM)
  const above = Math.round(box.height * ROOM)
  const left = Math.max(0, box.left - beside)
  const top = Math.max(0, box.top - above)
  const right = Math.min(width, box.left + box.width + beside)
  const bottom = Math.min(height, box.top + box.height + above)
  return { left, top, width: right - left, height: bottom - top }
}

/** Cropped to a box whose edges need not lie between pixels, to the nearest. */
function cropToNearest(plane: Plane, box: Box): Plane {
  const left = Math.round(box.left)
  const top = Math.round(box.top)
  const width = Math.round(box.left + box.width) - left
  return cropPlane(plane, { left, top, width, height: Math.round(box.top + box.height) - top })
}
