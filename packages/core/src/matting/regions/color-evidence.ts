// How much more a color belongs to the sure subject than to the sure background of the same image: a log ratio of two color
// histograms, smoothed. Knows nothing of places. Compiled to WebAssembly too.

import { quotient } from '../../pixels/integers.ts'
import type { f64, i32 } from '../../pixels/numbers.ts'
import type { Pixels } from '../../pixels/plane.ts'

/** Bins per channel. 16 levels apart are different colors; with fewer pixels a bin the ratio would be noise. */
const BINS: i32 = 16
const ALL_BINS: i32 = BINS * BINS * BINS
/** What an unseen color counts, as a share of an evenly filled bin: it keeps the ratio of rare colors near 0. */
const UNSEEN: f64 = 0.3
/** Beyond this the ratio says no more: odds of 400 to 1. */
const LARGEST: f64 = 6

/** The bin of each pixel's color: 16-bit RGB. */
export function colorBins(color: Pixels<Uint16Array>): Uint16Array {
  const data = color.data
  const bins = new Uint16Array(color.width * color.height)
  for (let i = 0, from = 0; i < bins.length; i++, from += 3) {
    bins[i] = (binOf(data[from]!) * BINS + binOf(data[from + 1]!)) * BINS + binOf(data[from + 2]!)
  }
  return bins
}

function binOf(sample: i32): i32 {
  return (sample * BINS) >> 16
}

/**
 * Writes to `ratio` the natural log of p(color | subject) / p(color | background) of each pixel, within [-6, 6]; zeros where subject
 * or background is empty. `kind` is 1 for sure subject, -1 for sure background, 0 for what is not learned from. Gives the
 * separation: half of how much the mean ratio of the subject's pixels is above that of the background's, 0 when colors tell nothing.
 */
export function colorEvidence(bins: Uint16Array, kind: Int8Array, ratio: Float32Array): f64 {
  const subject = new Float32Array(ALL_BINS)
  const background = new Float32Array(ALL_BINS)
  const subjects = countColors(bins, kind, 1, subject)
  const backgrounds = countColors(bins, kind, -1, background)
  ratio.fill(0)
  if (subjects === 0 || backgrounds === 0) return 0
  smooth(subject)
  smooth(background)
  const floor: f64 = UNSEEN / (ALL_BINS as f64)
  const odds = new Float32Array(ALL_BINS)
  for (let bin = 0; bin < ALL_BINS; bin++) {
    const value = Math.log((subject[bin]! / subjects + floor) / (background[bin]! / backgrounds + floor))
    odds[bin] = Math.max(-LARGEST, Math.min(LARGEST, value))
  }
  let ofSubject: f64 = 0
  let ofBackground: f64 = 0
  for (let i = 0; i < bins.length; i++) {
    const value = odds[bins[i]!]!
    ratio[i] = value
    if (kind[i] === 1) ofSubject += value
    else if (kind[i] === -1) ofBackground += value
  }
  return (ofSubject / subjects - ofBackground / backgrounds) / 2
}

/** Adds the colors of one kind to `histogram`; gives their number. */
function countColors(bins: Uint16Array, kind: Int8Array, wanted: i32, histogram: Float32Array): f64 {
  let count: f64 = 0
  for (let i = 0; i < bins.length; i++) {
    if (kind[i] !== wanted) continue
    histogram[bins[i]!]! += 1
    count += 1
  }
  return count
}

/** [1 2 1] / 4 along each axis, ends repeated: neighboring bins share, so that bin borders do not show. */
function smooth(histogram: Float32Array): void {
  smoothAlong(histogram, 1)
  smoothAlong(histogram, BINS)
  smoothAlong(histogram, BINS * BINS)
}

function smoothAlong(histogram: Float32Array, step: i32): void {
  const before = histogram.slice()
  for (let i = 0; i < ALL_BINS; i++) {
    const place = quotient(i, step) % BINS
    const own = before[i]!
    const low = place > 0 ? before[i - step]! : own
    const high = place < BINS - 1 ? before[i + step]! : own
    histogram[i] = (2 * own + low + high) / 4
  }
}
