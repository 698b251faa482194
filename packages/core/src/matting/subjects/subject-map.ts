// Which subject each place of an alpha belongs to, when there are several: two people, a row of bottles.
// Works on the fine grid of a survey, so that gaps finer than a cell do not divide a subject.

import type { Plane } from '../../pixels/raster.ts'
import { findParts } from '../style/components.ts'
import type { AlphaSurvey } from './alpha-survey.ts'

/** Alpha at or above which a pixel is solid; what is solid and joined is one part. */
const SOLID = 0.5
/** Alpha above which a soft pixel joins what it lies between. */
const VISIBLE = 0.05
/** A part with less than this share of the largest one's cells belongs to the subject next to it, like a lock of hair. */
const MIN_SHARE = 0.03
/** Smaller ones beyond this number belong to the subject next to them. */
export const MAX_SUBJECTS = 100

/** Subjects are numbered from 1, the largest sum of alpha first. */
export interface SubjectMap {
  readonly count: number
  /** Side of a cell in pixels. */
  readonly side: number
  readonly columns: number
  /** Number of the subject that each cell belongs to; empty for fewer than two subjects. */
  readonly owner: Uint8Array
  /** Sum of alpha of each subject; index 0 is not in use. */
  readonly sums: Float64Array
}

/** Divides `alpha` among its subjects: solid parts first, then what visible alpha joins to them, then the nearest. */
export function mapSubjects(alpha: Plane, { side, columns, rows, highest }: AlphaSurvey): SubjectMap {
  const parts = findParts(highest, columns, rows, {
    // Not below it: `findParts` looks for what is above.
    threshold: SOLID - Number.EPSILON,
    above: true,
    connectivity: 8,
  })
  const chosen = largestParts(parts.area)
  if (chosen.length < 2)
    return { count: chosen.length, side, columns, owner: new Uint8Array(), sums: new Float64Array() }
  const numbers = new Uint8Array(parts.count)
  for (const [k, part] of chosen.entries()) numbers[part] = k + 1
  const owner = new Uint8Array(columns * rows)
  for (let run = 0; run < parts.count; run++) owner.fill(numbers[parts.part[run]!]!, parts.begin[run], parts.end[run])
  claimCells(owner, columns, rows, (cell) => highest[cell]! > VISIBLE)
  claimCells(owner, columns, rows, () => true)
  return ranked({
    count: chosen.length,
    side,
    columns,
    owner,
    sums: sumsOf(alpha, owner, side, columns, chosen.length),
  })
}

/** Indices of the parts that are subjects, the largest first. */
function largestParts(area: Int32Array): number[] {
  const largest = area.reduce((most, cells) => Math.max(most, cells), 0)
  const parts: number[] = []
  for (let part = 0; part < area.length; part++) {
    if (area[part]! > 0 && area[part]! >= MIN_SHARE * largest) parts.push(part)
  }
  return parts.sort((a, b) => area[b]! - area[a]!).slice(0, MAX_SUBJECTS)
}

/** Gives free cells that are `open`, in place, to the owner that reaches them first, step by step. */
function claimCells(owner: Uint8Array, columns: number, rows: number, open: (cell: number) => boolean): void {
  const queue = new Int32Array(owner.length)
  let end = 0
  for (let cell = 0; cell < owner.length; cell++) if (owner[cell] !== 0) queue[end++] = cell
  const take = (cell: number, by: number) => {
    if (owner[cell] !== 0 || !open(cell)) return
    owner[cell] = by
    queue[end++] = cell
  }
  for (let next = 0; next < end; next++) {
    const cell = queue[next]!
    const by = owner[cell]!
    const x = cell % columns
    if (x > 0) take(cell - 1, by)
    if (x < columns - 1) take(cell + 1, by)
    if (cell >= columns) take(cell - columns, by)
    if (cell < columns * (rows - 1)) take(cell + columns, by)
  }
}

function sumsOf({ width, height, data }: Plane, owner: Uint8Array, side: number, columns: number, count: number) {
  const sums = new Float64Array(count + 1)
  for (let y = 0, i = 0; y < height; y++) {
    const row = Math.floor(y / side) * columns
    for (let x = 0; x < width; x++, i++) sums[owner[row + Math.floor(x / side)]!]! += data[i]!
  }
  return sums
}

function ranked(map: SubjectMap): SubjectMap {
  const order = Array.from({ length: map.count }, (_, k) => k + 1).sort((a, b) => map.sums[b]! - map.sums[a]!)
  const rank = new Uint8Array(map.count + 1)
  for (const [k, number] of order.entries()) rank[number] = k + 1
  return {
    ...map,
    owner: map.owner.map((number) => rank[number]!),
    sums: Float64Array.from([0, ...order.map((number) => map.sums[number]!)]),
  }
}

/** `alpha` with its `most` largest subjects only; `alpha` itself where it has no more. */
export function keepSubjects(alpha: Plane, map: SubjectMap, most: number): Plane {
  if (map.count <= most) return alpha
  const { width, height } = alpha
  const data = alpha.data.slice()
  for (let y = 0, i = 0; y < height; y++) {
    const row = Math.floor(y / map.side) * map.columns
    for (let x = 0; x < width; x++, i++) if (map.owner[row + Math.floor(x / map.side)]! > most) data[i] = 0
  }
  return { ...alpha, data }
}
