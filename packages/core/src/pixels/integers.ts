// Whole numbers: where AssemblyScript's `/` and Math functions would differ from JavaScript's.

import type { i32 } from './numbers.ts'

export function min(a: i32, b: i32): i32 {
  return a < b ? a : b
}

export function max(a: i32, b: i32): i32 {
  return a > b ? a : b
}

/** `a / b`, rounded down. Both are positive. */
export function quotient(a: i32, b: i32): i32 {
  return (a / b) | 0
}

/** `a / b`, rounded up. Both are positive. */
export function quotientUp(a: i32, b: i32): i32 {
  return ((a + b - 1) / b) | 0
}
