// A user's hints, carried to the rest of the region that they mark: what looks like the marked place and is joined to it takes
// its label, as far as colors tell it from the rest (after Bai and Sapiro, "A Geodesic Framework for Fast Interactive Image and
// Video Segmentation and Matting", ICCV 2007). The answer is a coarse alpha with a soft border: matting finds the edge.

import { boxFilter } from '../../pixels/box-filter.ts'
import { channelPlanes } from '../../pixels/channel-planes.ts'
import { fillWith } from '../../pixels/fill-with.ts'
import type { Pixels } from '../../pixels/plane.ts'
import type { Plane, Raster } from '../../pixels/raster.ts'
import { resizePlane } from '../../pixels/resize.ts'
import { sampleRaster } from '../../pixels/sample-raster.ts'
import { dilate } from '../edges/band.ts'
import { colorBins, colorEvidence } from '../regions/color-evidence.ts'
import { geodesicDistance } from './geodesic.ts'

/** For each pixel of an image 1 = kept, -1 = erased, 0 = not marked. */
export type HintMap = Int8Array

/** Cells along the longer side of the grid on which hints spread. */
const GRID = 512
/** Price of a cell that surely looks like what was marked; one that surely does not costs 1 more. */
const CHEAPEST = 0.01
/** The first model learns from a few cells under a stroke and is timid: its log odds count twice. */
const SHARPEN = 2
/** Price of a change of color of 1, in all three channels together, from one cell to the next. */
const EDGE = 1
/** Changes up to this are noise and shading. */
const NOISE = 0.05
/** Longest way. Where colors tell nothing a hint reaches about 20 cells, 4 % of the longer side. */
const BUDGET = 10
/** The region that was reached teaches its colors for the next time, until it grows no more. */
const MAX_ROUNDS = 12
const GROWTH = 1.01
/** Log odds below which a cell is not what was marked, and the radius in cells of what most of the neighbors decide. */
const UNLIKE = -0.5
const SPOT = 2
/** An alpha this close to the label needs no change. */
const AGREED = 0.1
/** Blur of the border of what changed, in cells: what the matting may move it by. */
const BORDER = 1
/** Cells of agreeing alpha that a change reaches into, so that no seam stays between. */
const OVERLAP = 3

/** `coarse` (any size, stretched over the image) with the hints and what they reach at 1 and 0. `hints` has the guide's size. */
export function spreadHints(coarse: Plane, guide: Raster, hints: HintMap): Plane {
  const shrink = Math.max(1, Math.max(guide.width, guide.height) / GRID)
  const width = Math.ceil(guide.width / shrink)
  const height = Math.ceil(guide.height / shrink)
  const alpha = resizePlane(coarse, width, height)
  const color = sampleRaster(guide, width, height)
  const marked = shrinkHints(hints, guide.width, guide.height, width, height)
  const kept = settle(coarse, alpha, reachOf(alpha, color, marked, 1), 1)
  return settle(kept, alpha, reachOf(alpha, color, marked, -1), 0)
}

/** Erasing wins where a cell holds both. */
function shrinkHints(hints: HintMap, fromWidth: number, fromHeight: number, width: number, height: number): Int8Array {
  const marked = new Int8Array(width * height)
  for (let y = 0, i = 0; y < fromHeight; y++) {
    const row = Math.floor((y * height) / fromHeight) * width
    for (let x = 0; x < fromWidth; x++, i++) {
      if (hints[i] === 0) continue
      const cell = row + Math.floor((x * width) / fromWidth)
      if (marked[cell] !== -1) marked[cell] = hints[i]!
    }
  }
  return marked
}

/**
 * 1 where marks of `label` reach before those of the other label do. Only marks that contradict the alpha reach out; those that
 * agree with it defend their surroundings against the others.
 */
function reachOf(alpha: Plane, color: Pixels<Uint16Array>, marked: Int8Array, label: 1 | -1): Uint8Array {
  const { width, height, data } = alpha
  const target = label === 1 ? 1 : 0
  const contradicts = (i: number) => Math.abs(data[i]! - target) > AGREED
  const seed = marked.map((value, i) => (value === label && contradicts(i) ? 1 : 0))
  const rivals = marked.map((value) => (value === -label ? 1 : 0))
  const reached = Uint8Array.from(seed)
  let area = 0
  if (!reached.includes(1)) return reached
  const changes = changesOf(channelPlanes(color), width, height)
  const bins = colorBins(color)
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const kind = new Int8Array(data.length)
    for (let i = 0; i < kind.length; i++) {
      if (reached[i] === 1) kind[i] = 1
      else if (rivals[i] === 1 || Math.abs(data[i]! - target) > 0.5) kind[i] = -1
    }
    const ratio = new Float32Array(kind.length)
    colorEvidence(bins, kind, ratio)
    const evidence = boxFilter({ width, height, data: ratio }, 1).data
    // What the network half agrees with is nearer. Nobody walks over the other's marks.
    const price = evidence.map((value, i) =>
      marked[i] === -label
        ? Number.POSITIVE_INFINITY
        : CHEAPEST + Math.abs(data[i]! - target) / (1 + Math.exp(SHARPEN * value)) + EDGE * changes[i]!,
    )
    const distance = geodesicDistance(seed, price, width, height, BUDGET)
    const rivalry = geodesicDistance(rivals, price, width, height, BUDGET)
    // Ways may lead over what looks unlike, but do not take it along, a spot in the middle of the like aside.
    const like = evidence.map((value, i) => (distance[i]! < rivalry[i]! && (value > UNLIKE || seed[i] === 1) ? 1 : 0))
    const most = boxFilter({ width, height, data: like }, SPOT).data
    fillWith(reached, (i) => ((most[i]! > 0.5 || seed[i] === 1) && contradicts(i) ? 1 : 0))
    const grown = reached.reduce((sum, value) => sum + value, 0)
    if (grown <= area * GROWTH) break
    area = grown
  }
  return reached
}

/** How much the color changes at each cell, noise averaged out: the sum over the channels. */
function changesOf(color: readonly Float32Array[], width: number, height: number): Float32Array {
  const changes = new Float32Array(width * height)
  for (const channel of color) {
    const { data } = boxFilter({ width, height, data: channel }, 1)
    for (let y = 0, i = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i++) {
        const right = x < width - 1 ? i + 1 : i
        const below = y < height - 1 ? i + width : i
        changes[i]! += Math.max(Math.abs(data[i]! - data[right]!), Math.abs(data[i]! - data[below]!))
      }
    }
  }
  return changes.map((value) => Math.max(0, value - NOISE))
}

/** `coarse` brought to `target` over the `changed` cells of the grid, with a soft border. */
function settle(coarse: Plane, grid: Plane, changed: Uint8Array, target: 0 | 1): Plane {
  if (!changed.includes(1)) return coarse
  const { width, height } = grid
  const near = changed.slice()
  dilate(near, width, height, OVERLAP)
  const isTaken = (i: number) => changed[i] === 1 || (near[i] === 1 && Math.abs(grid.data[i]! - target) <= AGREED)
  const share = fillWith(new Float32Array(changed.length), (i) => (isTaken(i) ? 1 : 0))
  const soft = resizePlane(boxFilter({ width, height, data: share }, BORDER), coarse.width, coarse.height)
  return { ...coarse, data: coarse.data.map((value, i) => value + (target - value) * soft.data[i]!) }
}
