// Arrays of which every number is written before it is read. WebAssembly clears none of them: packages/node/assembly/simd, at the
// same path.

import type { i32 } from './numbers.ts'

export function unclearedFloats(length: i32): Float32Array {
  return new Float32Array(length)
}
