// The header of an image before decoding: the shape that every format's reader returns.

import type { Box } from '../pixels/plane.ts'
import type { Size } from '../pixels/raster.ts'
import type { InputFormat } from '../ports/ports.ts'

/** EXIF orientation: how the stored image is to be turned. 1 = as stored. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8

export interface PictureHeader {
  readonly format: InputFormat
  /** As stored, before `orientation`: at least 1. */
  readonly width: number
  readonly height: number
  /** At least 1. Counting stops one above the limit given to the reader. */
  readonly frames: number
  /** Bits of one sample. */
  readonly bitDepth: number
  /** Whether the file has an alpha channel, a transparent color or an empty part; its pixels may be opaque all the same. */
  readonly hasAlpha: boolean
  readonly orientation: Orientation
  /** Animations: where the first frame lies, where it leaves a part of the canvas empty. That part is transparent. */
  readonly firstFrame?: Box
  /** Pixels of the largest block a decoder must hold at once where that is not a row: TIFF tiles. */
  readonly blockPixels: number
  /** TIFF: which directory of the chain, from 0, holds the image. */
  readonly page?: number
  /** TIFF: samples of each pixel behind the colors, and which of them, from 0, is alpha where the file has one. */
  readonly extraSamples?: number
  readonly alphaSample?: number
  /** Print resolution in pixels per inch, of formats that only this package reads. */
  readonly densityPpi?: number
  /** TIFF: the sample value of white, where it is not the largest of the bit depth. */
  readonly maxSample?: number | undefined
}

/** Any number as an orientation; those outside 1..8 mean nothing and count as 1. */
export function toOrientation(value: number | null): Orientation {
  return value !== null && Number.isInteger(value) && value >= 1 && value <= 8 ? (value as Orientation) : 1
}

/** What an animation's header says of its first frame: nothing where that fills the canvas. */
export function partOfCanvas(frame: Box, canvas: Size): Pick<PictureHeader, 'firstFrame'> {
  const isWhole = frame.left === 0 && frame.top === 0 && frame.width >= canvas.width && frame.height >= canvas.height
  return isWhole ? {} : { firstFrame: frame }
}
