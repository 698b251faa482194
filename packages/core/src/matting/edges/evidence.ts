// What one pixel's evidence weighs: the network's answer, pinned where it has resolved something, and what colors say against
// it. Measured choices, each with what it is for; the solver knows none of them.

import { mix, smoothStep } from '../../pixels/clamp.ts'
import type { f64 } from '../../pixels/numbers.ts'
import { SURE } from './sure.ts'

/** Rise of alpha within that reach: up to the first it is a ramp, from the second on a step. */
const RAMP: f64 = 0.3
const STEP: f64 = 0.8
/** Up to this far from the middle of the step, of 1 at its ends, a pixel belongs to the slope. */
const SLOPE: f64 = 0.4
/** Keeps 0 / 0 apart from a rise of half an 8-bit level. */
const LEAST_RISE: f64 = 2e-3

/** The given alpha counts for a hundredth of a window's vote where it is undecided, for two votes where it is sure. */
const TRUST: f64 = 0.01
const TRUST_SURE: f64 = 2
/** What a pin weighs, in votes of a window. It fades in images that hold more than the network saw: they resolve what it could not. */
const PIN: f64 = 1
/** Pixels of the image for each of the network's: where pins begin to fade, and where that ends. */
const FADE_FROM: f64 = 0.3
const FADE_TO: f64 = 1
/** Added in images so small that the network's alpha is finer than they are, where their colors do not show what it tells apart. */
const TRUST_FINER: f64 = 0.25
/** Added where the network is sure all around: inside the subject, and far outside. */
const TRUST_INSIDE: f64 = 10
const TRUST_OUTSIDE: f64 = 3
const INSIDE: f64 = 0.95
const OUTSIDE: f64 = 0.03
/** A region decision of less than the first leaves the network's edge a witness, one of more than the second does not. */
const SAME: f64 = 0.03
const CHANGED: f64 = 0.12
/** Certainty of a color, and its distance from the network's alpha, from which it overrules a pin and a sure but steep pixel. */
const CERTAIN_FROM: f64 = 0.1
const CERTAIN_TO: f64 = 0.5
const PIN_OFF_FROM: f64 = 0.05
const PIN_OFF_TO: f64 = 0.15
const SURE_OFF_FROM: f64 = 0.1
const SURE_OFF_TO: f64 = 0.3

/** The weight of a pin in an image with `detail` pixels for each of the network's, where it fades to `faded`. */
export function pinWeight(faded: f64, detail: f64): f64 {
  return mix(PIN, faded, smoothStep(FADE_FROM, FADE_TO, detail))
}

/** How far a color of this certainty may overrule the network, 0..1. */
export function overruling(certainty: f64): f64 {
  return smoothStep(CERTAIN_FROM, CERTAIN_TO, certainty)
}

/**
 * 1 on top of a steep ridge, at the bottom of a narrow gap and at both ends of a steep step; 0 on its slope, which the image
 * draws better, and where alpha rises slowly.
 */
export function pinAt(value: f64, lowest: f64, highest: f64): f64 {
  const rise = highest - lowest
  const place = (value - lowest) / Math.max(LEAST_RISE, rise)
  return stepAt(lowest, highest) * smoothStep(SLOPE, 1, Math.abs(2 * place - 1))
}

/** 1 where alpha rises steeply, 0 at ramps. */
export function stepAt(lowest: f64, highest: f64): f64 {
  return smoothStep(RAMP, STEP, highest - lowest)
}

/** How much the given alpha of one pixel counts. `certain` says how much its color knows, `finer` how much the image lacks. */
export function ownWeight(
  network: f64,
  alpha: f64,
  lowest: f64,
  highest: f64,
  mean: f64,
  certain: f64,
  pinning: f64,
  finer: f64,
): f64 {
  const off = Math.abs(mean - network)
  let trust = TRUST
  if (alpha < SURE || alpha > 1 - SURE) {
    // Hair that the network drew fat and solid stays correctable by a color that says otherwise.
    const doubted = certain * smoothStep(SURE_OFF_FROM, SURE_OFF_TO, off) * stepAt(lowest, highest)
    trust = TRUST_SURE + (TRUST - TRUST_SURE) * doubted
  }
  const same = 1 - smoothStep(SAME, CHANGED, Math.abs(alpha - network))
  const pinned = pinning * pinAt(network, lowest, highest) * (1 - certain * smoothStep(PIN_OFF_FROM, PIN_OFF_TO, off))
  trust += (pinned + TRUST_FINER * finer) * same
  if (lowest > INSIDE) trust += TRUST_INSIDE * same
  if (highest < OUTSIDE) trust += TRUST_OUTSIDE * same
  return trust
}

/** Pixels of the image for each of the network's, up to which it is small, and from which it is not. */
const SMALL_UP_TO: f64 = 0.25
const SMALL_BELOW: f64 = 0.42

/** 1 in images that the network saw enlarged twice and more, 0 in images of its own resolution. */
export function smallness(detail: f64): f64 {
  return 1 - smoothStep(SMALL_UP_TO, SMALL_BELOW, detail)
}
