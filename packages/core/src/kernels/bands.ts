// An image in bands of rows. A kernel that needs few rows at a time has them copied into the same memory again and again:
// it stays in the processor's cache, and fresh memory would cost more time than all of the arithmetic.

import type { Size } from '../pixels/raster.ts'

const BAND_PIXELS = 2 ** 16

export interface Band {
  readonly top: number
  readonly rows: number
  /** First pixel and the one behind the last. */
  readonly from: number
  readonly to: number
}

export function bandsOf({ width, height }: Size): Band[] {
  const most = mostRows(width)
  const bands: Band[] = []
  for (let top = 0; top < height; top += most) {
    const rows = Math.min(most, height - top)
    bands.push({ top, rows, from: top * width, to: (top + rows) * width })
  }
  return bands
}

/** Pixels of a band at most, and a few that kernels may read behind them. */
export function bandCapacity({ width }: Size): number {
  return mostRows(width) * width + 4
}

function mostRows(width: number): number {
  return Math.max(1, Math.floor(BAND_PIXELS / width))
}
