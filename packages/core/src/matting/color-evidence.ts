// How much more a color belongs to the sure subject than to the sure background of the same picture:
// a log ratio of two color histograms, smoothed. Knows nothing of places.

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

/**
 * What the colors say; nothing (zeros) where subject or background is empty.
 * `color` holds three planes in 0..1; `kind` is 1 for sure subject, -1 for sure background, 0 for what is not learnt from.
 */
export function colorEvidence(color: readonly Float32Array[], kind: Int8Array): ColorEvidence {
  const [red, green, blue] = color as [Float32Array, Float32Array, Float32Array]
  const bins = BINS ** 3
  const subject = new Float32Array(bins)
  const background = new Float32Array(bins)
  const index = new Uint16Array(kind.length)
  let subjects = 0
  let backgrounds = 0
  for (let i = 0; i < kind.length; i++) {
    const bin = (binOf(red[i]!) * BINS + binOf(green[i]!)) * BINS + binOf(blue[i]!)
    index[i] = bin
    if (kind[i] === 1) {
      subject[bin]!++
      subjects++
    } else if (kind[i] === -1) {
      background[bin]!++
      backgrounds++
    }
  }
  const evidence = new Float32Array(kind.length)
  if (subjects === 0 || backgrounds === 0) return { ratio: evidence, separation: 0 }
  smooth(subject)
  smooth(background)
  const floor = UNSEEN / bins
  const ratio = subject.map((count, bin) => {
    const value = Math.log((count / subjects + floor) / (background[bin]! / backgrounds + floor))
    return Math.max(-LARGEST, Math.min(LARGEST, value))
  })
  let ofSubject = 0
  let ofBackground = 0
  for (let i = 0; i < evidence.length; i++) {
    const value = ratio[index[i]!]!
    evidence[i] = value
    if (kind[i] === 1) ofSubject += value
    else if (kind[i] === -1) ofBackground += value
  }
  return { ratio: evidence, separation: (ofSubject / subjects - ofBackground / backgrounds) / 2 }
}

function binOf(value: number): number {
  return Math.max(0, Math.min(BINS - 1, Math.floor(value * BINS)))
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
