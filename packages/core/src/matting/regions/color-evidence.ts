// How much more a color belongs to the sure subject than to the sure background of the same picture:
// a log ratio of two color histograms, smoothed. Knows nothing of places.

import type { Pixels } from '../../pixels/plane.ts'

/** Bins per channel. 16 levels apart are different colors; with fewer pixels a bin the ratio would be noise. */
const BINS = 16
/** What an unseen color counts, as a share of an evenly filled bin: it keeps the ratio of rare colors near 0. */
const UNSEEN = 0.3
/** Beyond this the ratio says no more: odds of 400 to 1. */
const LARGEST = 6

export interface ColorEvidence {
  /** Natural log of p(color | subject) / p(color | background) for each pixel, within [-6, 6]. */
  readonly ratio: Float32Array
  /** Half of how much the mean ratio of the subject's pixels is above that of the background's: 0 when colors tell nothing. */
  readonly separation: number
}

/** The bin of each pixel's color: 16 bit RGB. */
export function colorBins({ data }: Pixels<Uint16Array>): Uint16Array {
  const bins = new Uint16Array(data.length / 3)
  for (let i = 0, from = 0; i < bins.length; i++, from += 3) {
    bins[i] = (binOf(data[from]!) * BINS + binOf(data[from + 1]!)) * BINS + binOf(data[from + 2]!)
  }
  return bins
}

function binOf(sample: number): number {
  return (sample * BINS) >> 16
}

/**
 * What the colors say; nothing (zeros) where subject or background is empty.
 * `kind` is 1 for sure subject, -1 for sure background, 0 for what is not learnt from.
 */
export function colorEvidence(bins: Uint16Array, kind: Int8Array): ColorEvidence {
  const subject = new Float32Array(BINS ** 3)
  const background = new Float32Array(BINS ** 3)
  let subjects = 0
  let backgrounds = 0
  for (let i = 0; i < kind.length; i++) {
    if (kind[i] === 1) {
      subject[bins[i]!]!++
      subjects++
    } else if (kind[i] === -1) {
      background[bins[i]!]!++
      backgrounds++
    }
  }
  const ratio = new Float32Array(kind.length)
  if (subjects === 0 || backgrounds === 0) return { ratio, separation: 0 }
  smooth(subject)
  smooth(background)
  const floor = UNSEEN / BINS ** 3
  const odds = new Float32Array(BINS ** 3)
  for (let bin = 0; bin < odds.length; bin++) {
    const value = Math.log((subject[bin]! / subjects + floor) / (background[bin]! / backgrounds + floor))
    odds[bin] = Math.max(-LARGEST, Math.min(LARGEST, value))
  }
  let ofSubject = 0
  let ofBackground = 0
  for (let i = 0; i < ratio.length; i++) {
    const value = odds[bins[i]!]!
    ratio[i] = value
    if (kind[i] === 1) ofSubject += value
    else if (kind[i] === -1) ofBackground += value
  }
  return { ratio, separation: (ofSubject / subjects - ofBackground / backgrounds) / 2 }
}

/** [1 2 1] / 4 along each axis, ends repeated: neighbouring bins share, so that bin borders do not show. */
function smooth(histogram: Float32Array): void {
  for (const step of [1, BINS, BINS * BINS]) {
    const before = histogram.slice()
    for (let i = 0; i < histogram.length; i++) {
      const place = Math.floor(i / step) % BINS
      const low = place > 0 ? before[i - step]! : before[i]!
      const high = place < BINS - 1 ? before[i + step]! : before[i]!
      histogram[i] = (2 * before[i]! + low + high) / 4
    }
  }
}
