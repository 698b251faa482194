// A user's hints, carried to the rest of what they mark: what is joined to the marked place and looks like it takes its label, as
// far as colors and the network's alpha allow (after Bai and Sapiro, "A Geodesic Framework for Fast Interactive Image and Video
// Segmentation and Matting", ICCV 2007), and not farther than the brush was meant for: a stroke on a tail takes the tail, not all
// fur of its color. The answer is a coarse alpha with a soft border: matting finds the edge.

import { boxFilter } from '../../pixels/box-filter.ts'
import { channelPlanes } from '../../pixels/channel-planes.ts'
import { depthOf } from '../../pixels/depth.ts'
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
/** Price of any cell. What agrees with the mark already parts the rest: it costs as much as LIKE. */
const CHEAPEST = 0.15
/** Price of a cell that looks like what was marked while the network is sure of the opposite, and what one that does not costs more. */
const LIKE = 1
const UNLIKE_MORE = 4
/** How fast those prices fall with the network's doubt: this power of the difference between alpha and the label. */
const DOUBT = 2
/** The first model learns from a few cells under a stroke and is timid: its log odds count twice. */
const SHARPEN = 2
/** Price of a change of color of 1, in all three channels together, from one cell to the next. */
const EDGE = 4
/** Changes up to this are noise and shading. */
const NOISE = 0.05
/** How far a mark reaches, at the price of LIKE: so many times how deep it lies in the area whose alpha contradicts it ... */
const REACH = 1.5
/** ... but at least and at most so many times the radius of the brush. */
const MIN_REACH = 1.2
const MAX_REACH = 4
/** In an area that the network doubts even a dot reaches so many cells, as deep as it lies in that area. */
const REACH_IN_DOUBT = 32
/** The region that was reached teaches its colors for the next time, until it grows no more. */
const MAX_ROUNDS = 4
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
  const gap = data.map((value) => Math.abs(value - (label === 1 ? 1 : 0)))
  const isSeed = (i: number) => marked[i] === label && gap[i]! > AGREED
  const reached = fillWith(new Uint8Array(gap.length), (i) => (isSeed(i) ? 1 : 0))
  let area = 0
  if (!reached.includes(1)) return reached
  const room = depthOf((i) => gap[i]! > 0.5, width, height)
  const doubt = depthOf((i) => gap[i]! > AGREED && gap[i]! < 1 - AGREED, width, height)
  const seeds = budgetsOf(isSeed, room, doubt, width, height)
  const rivals = budgetsOf((i) => marked[i] === -label, room, doubt, width, height)
  const limit = Math.max(highest(seeds), highest(rivals))
  const changes = changesOf(channelPlanes(color), width, height)
  const bins = colorBins(color)
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const kind = new Int8Array(gap.length)
    for (let i = 0; i < kind.length; i++) {
      if (reached[i] === 1) kind[i] = 1
      else if (marked[i] === -label || gap[i]! > 0.5) kind[i] = -1
    }
    const ratio = new Float32Array(kind.length)
    colorEvidence(bins, kind, ratio)
    const evidence = boxFilter({ width, height, data: ratio }, 1).data
    // Where the network doubts, ways are short. Nobody walks over the other's marks.
    const price = evidence.map((value, i) => priceOf(gap[i]!, value) + EDGE * changes[i]!)
    const from = (budgets: Float32Array, own: number) =>
      geodesicDistance(
        budgets.map((budget) => (budget > 0 ? limit - budget : Number.POSITIVE_INFINITY)),
        price.map((value, i) => (marked[i] === -own ? Number.POSITIVE_INFINITY : value)),
        width,
        height,
        limit,
      )
    const distance = from(seeds, label)
    const rivalry = from(rivals, -label)
    // Ways may lead over what looks unlike, but do not take it along, a spot in the middle of the like aside.
    const like = evidence.map((value, i) => (distance[i]! < rivalry[i]! && (value > UNLIKE || isSeed(i)) ? 1 : 0))
    const most = boxFilter({ width, height, data: like }, SPOT).data
    fillWith(reached, (i) => ((most[i]! > 0.5 || isSeed(i)) && gap[i]! > AGREED ? 1 : 0))
    const grown = reached.reduce((sum, value) => sum + value, 0)
    if (grown <= area * GROWTH) break
    area = grown
  }
  return reached
}

/** `gap`: how far alpha is from the label. `evidence`: log odds that a cell looks like what was marked. */
function priceOf(gap: number, evidence: number): number {
  // 0 where colors say nothing, 1 where they surely look otherwise.
  const unlike = Math.max(0, 2 / (1 + Math.exp(SHARPEN * evidence)) - 1)
  return (gap > AGREED ? CHEAPEST : LIKE) + gap ** DOUBT * (LIKE + UNLIKE_MORE * unlike)
}

/**
 * How far each mark reaches; 0 where there is none. `room` and `doubt`: how deep cells lie in the area that contradicts the
 * marks, and in what the network doubts.
 */
function budgetsOf(
  isMark: (i: number) => boolean,
  room: Float32Array,
  doubt: Float32Array,
  width: number,
  height: number,
): Float32Array {
  return depthOf(isMark, width, height).map((brush, i) => {
    if (brush === 0) return 0
    const limited = Math.min(MAX_REACH * brush, Math.max(MIN_REACH * brush, REACH * room[i]!))
    return Math.max(limited, Math.min(REACH_IN_DOUBT, REACH * doubt[i]!))
  })
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

function highest(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, value), 0)
}
