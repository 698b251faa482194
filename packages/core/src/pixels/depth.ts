// How deep each cell lies inside an area: the chamfer distance to the nearest cell outside (Borgefors, "Distance transformations in
// digital images", Computer Vision, Graphics, and Image Processing 1986).

/** 0 outside of the area, from 1 inside of it. What lies beyond the border of the grid is no outside; at most `width + height`. */
export function depthOf(isInside: (i: number) => boolean, width: number, height: number): Float32Array<ArrayBuffer> {
  const depth = new Float32Array(width * height)
  for (let i = 0; i < depth.length; i++) depth[i] = isInside(i) ? width + height : 0
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) lower(depth, x, y, -1, width, height)
  for (let y = height - 1; y >= 0; y--) for (let x = width - 1; x >= 0; x--) lower(depth, x, y, 1, width, height)
  return depth
}

/** By the neighbor beside it and the three of the next row, all on the side of `step`. */
function lower(depth: Float32Array, x: number, y: number, step: 1 | -1, width: number, height: number): void {
  const i = y * width + x
  let least = depth[i]!
  if (least === 0) return
  const hasSide = x + step >= 0 && x + step < width
  const hasOther = x - step >= 0 && x - step < width
  if (hasSide) least = Math.min(least, depth[i + step]! + 1)
  if (y + step >= 0 && y + step < height) {
    const row = i + step * width
    least = Math.min(least, depth[row]! + 1)
    if (hasSide) least = Math.min(least, depth[row + step]! + Math.SQRT2)
    if (hasOther) least = Math.min(least, depth[row - step]! + Math.SQRT2)
  }
  depth[i] = least
}
