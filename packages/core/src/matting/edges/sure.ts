// What counts as decided.

import type { f64 } from '../../pixels/numbers.ts'

/** Alpha below this (or above one minus this) counts as decided: half of an 8-bit step and some rounding of the network. */
export const SURE: f64 = 0.02
