// Which pixels of a damaged file are missing, found by what the decoder puts in their place: libjpeg gray, libspng zeros,
// libnsgif transparency. Other decoders give nothing of a damaged file.

import type { Plane, Raster, Size } from './raster.ts'

const GRAY = 128
const TILE = 4

/** 0 where the pixel is missing, else 1; null where none is. `rgb`: 8 bits, interleaved, in no color space but the file's. */
export function missingGray(rgb: Uint8Array, channels: number, { width, height }: Size): Plane | null {
  const isGray = (x: number, y: number) => {
    const at = (y * width + x) * channels
    return rgb[at] === GRAY && rgb[at + 1] === GRAY && rgb[at + 2] === GRAY
  }
  const columns = Math.ceil(width / TILE)
  const rows = Math.ceil(height / TILE)
  // A margin of one tile around all, so that each has neighbors.
  const filled = new Uint8Array((columns + 2) * (rows + 2))
  for (let v = 0; v < rows; v++)
    for (let u = 0; u < columns; u++)
      filled[(v + 1) * (columns + 2) + u + 1] = isFilled(isGray, u * TILE, v * TILE, { width, height }) ? 1 : 0
  if (!filled.includes(1)) return null
  const data = new Float32Array(width * height).fill(1)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (isGray(x, y) && isNear(filled, columns + 2, Math.floor(x / TILE) + 1, Math.floor(y / TILE) + 1))
        data[y * width + x] = 0
  return { width, height, data }
}

function isFilled(
  isGray: (x: number, y: number) => boolean,
  left: number,
  top: number,
  { width, height }: Size,
): boolean {
  for (let y = top; y < Math.min(height, top + TILE); y++)
    for (let x = left; x < Math.min(width, left + TILE); x++) if (!isGray(x, y)) return false
  return true
}

/** The grid of what is missing need not be that of the tiles. */
function isNear(filled: Uint8Array, columns: number, u: number, v: number): boolean {
  for (let y = v - 1; y <= v + 1; y++)
    for (let x = u - 1; x <= u + 1; x++) if (filled[y * columns + x] === 1) return true
  return false
}

/** As `missingGray`: the rows at the end that hold zeros alone. */
export function missingRows(samples: Raster['data'], { width, height }: Size): Plane | null {
  const row = samples.length / height
  let last = samples.length - 1
  while (last >= 0 && samples[last] === 0) last--
  const whole = Math.ceil((last + 1) / row)
  if (whole === height) return null
  return { width, height, data: new Float32Array(width * height).fill(1, 0, whole * width) }
}
