// Carries an alpha solved on a small copy of the picture to full size: its local linear models are enlarged, not alpha itself,
// so that edges are as sharp as the full picture. He, Sun, "Fast Guided Filter", 2015.

import { createPlane, maxSample, type Plane, type Raster } from '../pixels/raster.ts'
import { bandTiles } from './band.ts'
import { tileSide } from './guided-filter.ts'
import { buildLocalModel, createWorkspace, localCoefficients } from './local-linear.ts'

export interface GuidedUpsampleOptions {
  /** In pixels of the small alpha. */
  readonly radiusPx: number
  readonly epsilon: number
  /** 1 where the small alpha was solved. Of its size. */
  readonly band: Uint8Array
}

/** `full` with `small`, solved inside the band against `smallGuide`, carried over to it by the colors of `guide`. */
export function guidedUpsample(
  small: Plane,
  smallGuide: Raster,
  full: Plane,
  guide: Raster,
  options: GuidedUpsampleOptions,
): Plane {
  const { radiusPx: radius, epsilon, band } = options
  const { width, height } = small
  const coefficients = [0, 1, 2, 3].map(() => createPlane(width, height))
  const side = tileSide(radius)
  const workspace = createWorkspace(Math.min(width, 4 * side + 4 * radius), Math.min(height, side + 4 * radius))
  const filled = new Uint8Array(band.length)
  for (const tile of bandTiles(band, width, height, side, 4 * side)) {
    const model = buildLocalModel(smallGuide, tile, radius, epsilon, workspace)
    const parts = localCoefficients(model, small, workspace)
    for (let y = tile.top; y < tile.top + tile.height; y++) {
      const from = (y - model.outer.top) * model.outer.width + tile.left - model.outer.left
      const to = y * width + tile.left
      parts.forEach((part, k) => {
        coefficients[k]!.data.set(part.subarray(from, from + tile.width), to)
      })
      filled.fill(1, to, to + tile.width)
    }
  }
  return applyEnlarged(coefficients, band, filled, full, guide)
}

/** Where a pixel lies between the pixels of a smaller axis. */
function between(size: number, small: number): { first: Int32Array; part: Float32Array } {
  const first = new Int32Array(size)
  const part = new Float32Array(size)
  for (let k = 0; k < size; k++) {
    const place = Math.min(small - 1, Math.max(0, ((k + 0.5) * small) / size - 0.5))
    first[k] = Math.min(Math.max(0, small - 2), Math.floor(place))
    part[k] = place - first[k]!
  }
  return { first, part }
}

function applyEnlarged(
  coefficients: readonly Plane[],
  band: Uint8Array,
  filled: Uint8Array,
  full: Plane,
  guide: Raster,
): Plane {
  const { width, height } = full
  const { width: columns, height: rows } = coefficients[0]!
  const [red, green, blue, constant] = coefficients.map((plane) => plane.data) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ]
  const out = { width, height, data: full.data.slice() }
  const horizontal = between(width, columns)
  const vertical = between(height, rows)
  const { channels, data } = guide
  const [toGreen, toBlue] = channels === 1 ? [0, 0] : [1, 2]
  const scale = 1 / maxSample(guide)
  // On an axis of one pixel both neighbours are that pixel.
  const right = columns > 1 ? 1 : 0
  const below = rows > 1 ? columns : 0
  for (let y = 0; y < height; y++) {
    const line = vertical.first[y]! * columns
    const fy = vertical.part[y]!
    for (let x = 0, i = y * width; x < width; x++, i++) {
      const a = line + horizontal.first[x]!
      if ((band[a]! | band[a + right]! | band[a + below]! | band[a + right + below]!) === 0) continue
      const b = a + right
      const c = a + below
      const d = c + right
      if ((filled[a]! & filled[b]! & filled[c]! & filled[d]!) === 0) continue
      const fx = horizontal.part[x]!
      const wa = (1 - fx) * (1 - fy)
      const wb = fx * (1 - fy)
      const wc = (1 - fx) * fy
      const wd = fx * fy
      const from = i * channels
      const value =
        (wa * red[a]! + wb * red[b]! + wc * red[c]! + wd * red[d]!) * data[from]! * scale +
        (wa * green[a]! + wb * green[b]! + wc * green[c]! + wd * green[d]!) * data[from + toGreen]! * scale +
        (wa * blue[a]! + wb * blue[b]! + wc * blue[c]! + wd * blue[d]!) * data[from + toBlue]! * scale +
        (wa * constant[a]! + wb * constant[b]! + wc * constant[c]! + wd * constant[d]!)
      out.data[i] = value < 0 ? 0 : Math.min(1, value)
    }
  }
  return out
}
