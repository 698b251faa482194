// Areas that are half transparent indeed: glass, veils, feathers, mesh finer than the grid. Each of their pixels lies on the line
// between the subject's color and the background's, and its place there is its alpha: the compositing equation with one color for
// each of the two. Where either has many colors, as in most photos, that line means nothing and no area is taken for such.
// Compiled to WebAssembly too.

import { boxFilter } from '../../pixels/box-filter.ts'
import { clamp01, smoothStep } from '../../pixels/clamp.ts'
import type { f64, i32 } from '../../pixels/numbers.ts'
import { type Pixels, Plane } from '../../pixels/plane.ts'

/** From how much alpha a cell shows the subject's color, and up to how much the background's. */
const SUBJECT: f64 = 0.95
const BACKGROUND: f64 = 0.02
/** Cells that must show each of the two. */
const LEAST_CELLS: f64 = 50
/** Squared distance between the two colors (0..1 a channel): up to the first they are alike, from the second on apart. */
const ALIKE: f64 = 0.002
const APART: f64 = 0.01
/** Spread of either along the line, as a share of it: up to the first each is one color, from the second on it is many. */
const ONE_COLOR: f64 = 0.35
const MANY_COLORS: f64 = 0.45
/** Distance of an area's pixels from the line, the same way: up to the first they lie on it, from the second on beside it. */
const ON_LINE: f64 = 0.12
const BESIDE: f64 = 0.2
/** A share of the subject, or of the background, below the first is that of a solid color, from the second on it is a mixture. */
const SOLID: f64 = 0.08
const MIXED: f64 = 0.15
/** Distance of the network's alpha from 0 and 1: up to the first it does not doubt, from the second on a mixture may be there. */
const HARDLY_DOUBTED: f64 = 0.05
const DOUBTED: f64 = 0.15
/** An area has one share: cells to each side. */
const RADIUS: i32 = 3

/** From the background's mean color along to the subject's. */
class Line {
  readonly from: Float64Array = new Float64Array(3)
  readonly along: Float64Array = new Float64Array(3)
  squared: f64 = 0
  /** How far cells may be placed by it, 0..1. */
  trust: f64 = 0
}

/**
 * Moves `decided`, in place, to the share of the subject's color where cells are free to be decided. `network` is the network's
 * alpha, `freedom` how far each cell may be moved, 0..1; all, and `color`, are of one square grid.
 */
export function settleMixtures(
  decided: Plane,
  network: Float32Array,
  freedom: Float32Array,
  color: Pixels<Uint16Array>,
): void {
  const line = lineBetween(network, color.data)
  if (line.trust === 0) return
  const area = freedom.length
  const free = new Float32Array(area)
  const place = new Float32Array(area)
  const off = new Float32Array(area)
  for (let i = 0; i < area; i++) {
    if (freedom[i] === 0) continue
    const at = placeOf(line, color.data, i)
    const beyond = at - clamp01(at)
    free[i] = 1
    place[i] = at
    off[i] = distanceOf(line, color.data, i) - at * at + beyond * beyond
  }
  const frees = boxFilter(new Plane(decided.width, decided.height, free), RADIUS).data
  const places = boxFilter(new Plane(decided.width, decided.height, place), RADIUS).data
  const offs = boxFilter(new Plane(decided.width, decided.height, off), RADIUS).data
  for (let i = 0; i < area; i++) {
    if (freedom[i] === 0) continue
    const share = clamp01(places[i]! / frees[i]!)
    const onLine = 1 - smoothStep(ON_LINE, BESIDE, Math.sqrt(Math.max(0, offs[i]! / frees[i]!)))
    const mixed = smoothStep(SOLID, MIXED, Math.min(share, 1 - share))
    const doubted = freedom[i]! * smoothStep(HARDLY_DOUBTED, DOUBTED, Math.min(network[i]!, 1 - network[i]!))
    decided.data[i]! += (share - decided.data[i]!) * doubted * line.trust * onLine * mixed
  }
}

function lineBetween(network: Float32Array, color: Uint16Array): Line {
  const line = new Line()
  const subject = new Float64Array(3)
  const subjects = meanColor(network, color, SUBJECT, 2, subject)
  const backgrounds = meanColor(network, color, -1, BACKGROUND, line.from)
  if (Math.min(subjects, backgrounds) < LEAST_CELLS) return line
  for (let k = 0; k < 3; k++) {
    line.along[k] = subject[k]! - line.from[k]!
    line.squared += line.along[k]! * line.along[k]!
  }
  if (line.squared <= ALIKE) return line
  const spread = Math.max(
    spreadAround(line, network, color, SUBJECT, 2, 1),
    spreadAround(line, network, color, -1, BACKGROUND, 0),
  )
  line.trust = smoothStep(ALIKE, APART, line.squared) * (1 - smoothStep(ONE_COLOR, MANY_COLORS, spread))
  return line
}

/** Writes the mean color of the cells whose alpha lies between two values; gives their number. */
function meanColor(network: Float32Array, color: Uint16Array, above: f64, below: f64, out: Float64Array): f64 {
  let count: f64 = 0
  for (let i = 0; i < network.length; i++) {
    if (network[i]! <= above || network[i]! >= below) continue
    count += 1
    for (let k = 0; k < 3; k++) out[k]! += color[3 * i + k]! as f64
  }
  for (let k = 0; k < 3; k++) out[k] = out[k]! / Math.max(1, count) / 65535
  return count
}

/** Standard deviation, along the line, of the same cells' colors from its end `at`. */
function spreadAround(line: Line, network: Float32Array, color: Uint16Array, above: f64, below: f64, at: f64): f64 {
  let count: f64 = 0
  let sum: f64 = 0
  for (let i = 0; i < network.length; i++) {
    if (network[i]! <= above || network[i]! >= below) continue
    const away = placeOf(line, color, i) - at
    count += 1
    sum += away * away
  }
  return Math.sqrt(sum / count)
}

/** Of a cell's color on the line: 0 at the background's, 1 at the subject's. */
function placeOf(line: Line, color: Uint16Array, i: i32): f64 {
  let product: f64 = 0
  for (let k = 0; k < 3; k++) product += ((color[3 * i + k]! as f64) / 65535 - line.from[k]!) * line.along[k]!
  return product / line.squared
}

/** Squared distance of a cell's color from the background's, in lengths of the line. */
function distanceOf(line: Line, color: Uint16Array, i: i32): f64 {
  let squares: f64 = 0
  for (let k = 0; k < 3; k++) {
    const away = (color[3 * i + k]! as f64) / 65535 - line.from[k]!
    squares += away * away
  }
  return squares / line.squared
}
