// Sure subject, sure background, and the unknown between, read from an alpha alone: for matting methods that want a trimap.

import { boxFilter } from '../../pixels/box-filter.ts'
import type { Plane } from '../../pixels/raster.ts'
import { dropSmallParts } from '../style/components.ts'
import { dilate } from './band.ts'
import { SURE } from './sure.ts'

export interface TrimapOptions {
  /** Margin around what is unsure; twice that at hair and fur. */
  readonly radiusPx: number
}

/** A straight edge changes alpha by 1 once per window; more than this is fine structure. */
const BUSY = 1.5

/** 0 = background, 1 = subject, 0.5 = unknown. Unsure parts smaller than a window are speckle and widen nothing. */
export function automaticTrimap(alpha: Plane, { radiusPx: radius }: TrimapOptions): Plane {
  const { width, height, data } = alpha
  const unsure = new Uint8Array(data.length)
  for (let i = 0; i < data.length; i++) unsure[i] = data[i]! > SURE && data[i]! < 1 - SURE ? 1 : 0
  const change = changeOf(alpha)
  // Also a step between two sure pixels, which is seen half from each.
  for (let i = 0; i < data.length; i++) if (change.data[i]! > 0.5 - SURE) unsure[i] = 1
  dropSmallParts(unsure, width, height, 2 * radius + 1, 8)
  // Mean change per window, in straight edges.
  const business = boxFilter(change, radius)
  const busy = unsure.map((value, i) => (value === 1 && business.data[i]! * (2 * radius + 1) > BUSY ? 1 : 0))
  dilate(unsure, width, height, radius)
  dilate(busy, width, height, 2 * radius)
  return {
    width,
    height,
    data: data.map((value, i) => (unsure[i] === 1 || busy[i] === 1 ? 0.5 : value >= 0.5 ? 1 : 0)),
  }
}

/** Length of alpha's gradient, from the differences to the pixels on both sides. */
function changeOf({ width, height, data }: Plane): Plane {
  const out = new Float32Array(data.length)
  for (let y = 0; y < height; y++) {
    const up = y > 0 ? width : 0
    const down = y < height - 1 ? width : 0
    for (let x = 0, i = y * width; x < width; x++, i++) {
      const horizontal = data[x < width - 1 ? i + 1 : i]! - data[x > 0 ? i - 1 : i]!
      const vertical = data[i + down]! - data[i - up]!
      out[i] = Math.hypot(horizontal, vertical) / 2
    }
  }
  return { width, height, data: out }
}
