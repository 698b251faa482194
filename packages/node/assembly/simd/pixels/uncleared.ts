// Core's pixels/uncleared.ts on memory as it is left. Compiled in its place.

export function unclearedFloats(length: i32): Float32Array {
  return changetype<Float32Array>(allocateUncleared(length << 2))
}
