// As core's matting/region-decision.ts and matting/color-evidence.ts.

import { clamp01, mix, smoothStep } from '../../core/src/pixels/clamp'
import { Interpolation, interpolation } from '../../core/src/pixels/interpolation'
import { allocate, byte, copyFloats, float, floats, setByte, setFloat, setWord, word } from './memory'
import { boxFilter, resizeLinear, sampleRaster } from './planes'

const GRID: i32 = 256
const AREA: i32 = GRID * GRID
const FLAT_RADIUS: i32 = 5
const FLAT: f64 = 0.05
const STRUCTURED: f64 = 0.28
const COLOR_RADIUS: i32 = 2
const TEACHES_SUBJECT: f64 = 0.75
const TEACHES_BACKGROUND: f64 = 0.03
const SHARPEN: f64 = 1.6
const LEAN: f64 = 1.7
const LEAN_OF_SHARE: f64 = 0.45
const FREE_TO_LEAN: f64 = 1
const SURE_SUBJECT: f64 = 0.9
const FEW_CELLS: f64 = 10
const COLOR: f64 = 1
const TELLING: f64 = 2
const DOUBTED: f64 = 0.01
const ROUNDS: i32 = 3
const BORDER_RADIUS: i32 = 8
const LEAST_CHANGE: f64 = 1e-3
const BINS: i32 = 16
const ALL_BINS: i32 = BINS * BINS * BINS
const UNSEEN: f64 = 0.3
const LARGEST: f64 = 6

/** `alpha` itself where there is nothing to decide. */
export function decideRegions(
  alpha: usize,
  width: i32,
  height: i32,
  coarse: usize,
  coarseWidth: i32,
  coarseHeight: i32,
  guide: usize,
  guideWidth: i32,
  guideHeight: i32,
): usize {
  const grid = resizeLinear(coarse, coarseWidth, coarseHeight, GRID, GRID)
  const flatness = flatnessOf(grid)
  const room = floats(AREA)
  if (!markDoubts(room, grid, flatness)) return alpha
  const bins = colorBins(sampleRaster(guide, guideWidth, guideHeight, GRID, GRID))
  const decided = decideCells(grid, flatness, room, bins)
  return carryOver(alpha, width, height, grid, decided, flatness)
}

function flatnessOf(grid: usize): usize {
  const mean = boxFilter(grid, GRID, GRID, FLAT_RADIUS)
  const square = floats(AREA)
  for (let i = 0; i < AREA; i++) setFloat(square, i, <f32>(<f64>float(grid, i) * <f64>float(grid, i)))
  const flatness = boxFilter(square, GRID, GRID, FLAT_RADIUS)
  for (let i = 0; i < AREA; i++) {
    const m = <f64>float(mean, i)
    const deviation = Math.sqrt(Math.max(0, <f64>float(flatness, i) - m * m))
    setFloat(flatness, i, <f32>(1 - smoothStep(FLAT, STRUCTURED, deviation)))
  }
  return flatness
}

function markDoubts(room: usize, grid: usize, flatness: usize): bool {
  let any = false
  for (let i = 0; i < AREA; i++) {
    const value = <f64>float(grid, i)
    if (value <= DOUBTED || value >= 1 - DOUBTED / 2) continue
    const free = <f32>(doubt(value) * <f64>float(flatness, i))
    setFloat(room, i, free)
    if (free > 0) any = true
  }
  return any
}

function decideCells(grid: usize, flatness: usize, room: usize, bins: usize): usize {
  const kind = allocate(AREA)
  const decided = copyFloats(grid, AREA)
  const ratio = floats(AREA)
  const lean = leanOf(grid, flatness)
  for (let round = 0; round < ROUNDS; round++) {
    chooseTeachers(kind, decided)
    const separation = colorEvidence(bins, kind, ratio)
    const evidence = boxFilter(ratio, GRID, GRID, COLOR_RADIUS)
    weighCells(decided, grid, room, evidence, lean, smoothStep(0, TELLING, separation))
  }
  return decided
}

function leanOf(grid: usize, flatness: usize): f64 {
  let sure = FEW_CELLS
  let doubtful = FEW_CELLS
  for (let i = 0; i < AREA; i++) {
    const value = <f64>float(grid, i)
    if (value > SURE_SUBJECT) sure++
    else if (value > TEACHES_BACKGROUND) doubtful += <f64>float(flatness, i)
  }
  return LEAN + LEAN_OF_SHARE * Math.log(doubtful / sure)
}

/** 1 subject, 2 background, 0 neither. */
function chooseTeachers(kind: usize, decided: usize): void {
  for (let i = 0; i < AREA; i++) {
    const value = <f64>float(decided, i)
    setByte(kind, i, value > TEACHES_SUBJECT ? 1 : value < TEACHES_BACKGROUND ? 2 : 0)
  }
}

function weighCells(decided: usize, grid: usize, room: usize, evidence: usize, lean: f64, say: f64): void {
  for (let i = 0; i < AREA; i++) {
    const free = <f64>float(room, i)
    if (free === 0) continue
    const value = <f64>float(grid, i)
    const own = Math.log((value + 1e-3) / (1 - value + 1e-3))
    const color = <f64>float(evidence, i)
    const freedom = smoothStep(-FREE_TO_LEAN, FREE_TO_LEAN, color)
    const odds = SHARPEN * (own + lean * freedom) + COLOR * color
    setFloat(decided, i, <f32>(value + (1 / (1 + Math.exp(-odds)) - value) * free * say))
  }
}

function doubt(value: f64): f64 {
  return smoothStep(DOUBTED, 5 * DOUBTED, value) * (1 - smoothStep(0.95, 1 - DOUBTED / 2, value))
}

function colorBins(color: usize): usize {
  const bins = allocate(AREA * 2)
  for (let i = 0; i < AREA; i++) {
    const red = (word(color, i * 3) * BINS) >> 16
    const green = (word(color, i * 3 + 1) * BINS) >> 16
    const blue = (word(color, i * 3 + 2) * BINS) >> 16
    setWord(bins, i, (red * BINS + green) * BINS + blue)
  }
  return bins
}

/** Writes the ratio of each cell; gives the separation. */
function colorEvidence(bins: usize, kind: usize, ratio: usize): f64 {
  const subject = floats(ALL_BINS)
  const background = floats(ALL_BINS)
  let subjects = 0
  let backgrounds = 0
  for (let i = 0; i < AREA; i++) {
    const bin = word(bins, i)
    if (byte(kind, i) === 1) {
      setFloat(subject, bin, float(subject, bin) + 1)
      subjects++
    } else if (byte(kind, i) === 2) {
      setFloat(background, bin, float(background, bin) + 1)
      backgrounds++
    }
  }
  if (subjects === 0 || backgrounds === 0) {
    memory.fill(ratio, 0, (<usize>AREA) << 2)
    return 0
  }
  smooth(subject)
  smooth(background)
  const floor: f64 = UNSEEN / <f64>ALL_BINS
  const odds = floats(ALL_BINS)
  for (let bin = 0; bin < ALL_BINS; bin++) {
    const value = Math.log(
      (<f64>float(subject, bin) / <f64>subjects + floor) / (<f64>float(background, bin) / <f64>backgrounds + floor),
    )
    setFloat(odds, bin, <f32>Math.max(-LARGEST, Math.min(LARGEST, value)))
  }
  let ofSubject: f64 = 0
  let ofBackground: f64 = 0
  for (let i = 0; i < AREA; i++) {
    const value = float(odds, word(bins, i))
    setFloat(ratio, i, value)
    if (byte(kind, i) === 1) ofSubject += <f64>value
    else if (byte(kind, i) === 2) ofBackground += <f64>value
  }
  return (ofSubject / <f64>subjects - ofBackground / <f64>backgrounds) / 2
}

function smooth(histogram: usize): void {
  smoothAlong(histogram, 1)
  smoothAlong(histogram, BINS)
  smoothAlong(histogram, BINS * BINS)
}

function smoothAlong(histogram: usize, step: i32): void {
  const before = copyFloats(histogram, ALL_BINS)
  for (let i = 0; i < ALL_BINS; i++) {
    const place = (i / step) % BINS
    const own = <f64>float(before, i)
    const low = place > 0 ? <f64>float(before, i - step) : own
    const high = place < BINS - 1 ? <f64>float(before, i + step) : own
    setFloat(histogram, i, <f32>((2 * own + low + high) / 4))
  }
}

function carryOver(alpha: usize, width: i32, height: i32, grid: usize, decided: usize, flatness: usize): usize {
  const change = floats(AREA)
  for (let i = 0; i < AREA; i++) setFloat(change, i, <f32>(<f64>float(decided, i) - <f64>float(grid, i)))
  const gain = gainOfNeighborhood(grid, decided, flatness)
  const out = copyFloats(alpha, width * height)
  const columns = interpolation(width, GRID, width)
  const rows = interpolation(height, GRID, height)
  const changeRow = floats(GRID)
  const gainRow = floats(GRID)
  const flatRow = floats(GRID)
  for (let y = 0; y < height; y++) {
    const top = rows.first[y] * GRID
    const bottom = rows.second[y] * GRID
    const part = rows.part[y]
    let any: f64 = 0
    for (let cell = 0; cell < GRID; cell++) {
      setFloat(changeRow, cell, <f32>mix(<f64>float(change, top + cell), <f64>float(change, bottom + cell), part))
      setFloat(gainRow, cell, <f32>mix(<f64>float(gain, top + cell), <f64>float(gain, bottom + cell), part))
      setFloat(flatRow, cell, <f32>mix(<f64>float(flatness, top + cell), <f64>float(flatness, bottom + cell), part))
      any = Math.max(any, Math.max(Math.abs(<f64>float(changeRow, cell)), <f64>float(gainRow, cell) - 1))
    }
    if (any >= LEAST_CHANGE) carryRow(out, y * width, width, columns, changeRow, gainRow, flatRow)
  }
  return out
}

function carryRow(
  out: usize,
  from: i32,
  width: i32,
  columns: Interpolation,
  changeRow: usize,
  gainRow: usize,
  flatRow: usize,
): void {
  for (let x = 0; x < width; x++) {
    const a = columns.first[x]
    const b = columns.second[x]
    const changeA = <f64>float(changeRow, a)
    const changeB = <f64>float(changeRow, b)
    const gainA = <f64>float(gainRow, a)
    const gainB = <f64>float(gainRow, b)
    if (Math.abs(changeA) + Math.abs(changeB) < LEAST_CHANGE && gainA + gainB < 2.001) continue
    const t = columns.part[x]
    const value = <f64>float(out, from + x)
    const flat = value + mix(changeA, changeB, t)
    const border = Math.min(1, value * mix(gainA, gainB, t))
    const weight = mix(<f64>float(flatRow, a), <f64>float(flatRow, b), t)
    setFloat(out, from + x, <f32>clamp01(mix(border, flat, weight)))
  }
}

function gainOfNeighborhood(grid: usize, decided: usize, flatness: usize): usize {
  const before = weightedMean(grid, flatness)
  const gain = weightedMean(decided, flatness)
  for (let i = 0; i < AREA; i++) {
    setFloat(gain, i, <f32>Math.max(1, (<f64>float(gain, i) + 1e-3) / (<f64>float(before, i) + 1e-3)))
  }
  return gain
}

function weightedMean(plane: usize, weight: usize): usize {
  const product = floats(AREA)
  for (let i = 0; i < AREA; i++) setFloat(product, i, <f32>(<f64>float(plane, i) * <f64>float(weight, i)))
  return boxFilter(product, GRID, GRID, BORDER_RADIUS)
}
