// What the estimation of foreground colors chooses. Compiled to WebAssembly too.

import type { f64, i32 } from '../../pixels/numbers.ts'

/** Below half an 8-bit step alpha is 0 or 1, and the color is what the photo shows. */
export const STEP: f64 = 1 / 510
/** Cells of the grid at most. */
export const CELLS: i32 = 65_536
/** Pixels read per cell and axis at most. */
export const READS: i32 = 4
/** Weight of a neighbor: the first everywhere, the second times the difference of alpha, as in the authors' code. */
export const SMOOTH: f64 = 1e-5
export const SMOOTH_ACROSS: f64 = 1
/** Levels up to this side are solved by more sweeps, because colors travel far there. */
export const SMALL_SIDE: i32 = 32
export const SWEEPS_SMALL: i32 = 10
export const SWEEPS: i32 = 2
