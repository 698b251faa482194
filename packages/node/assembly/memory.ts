// Memory of an instance. Allocations are zero and are never freed one by one: `reset` frees all of them at once.

/** A typed array of that many bytes: its reference is the address of the first element. */
export function allocate(bytes: i32): usize {
  return changetype<usize>(new Uint8Array(bytes))
}

/** Bytes in use. */
export function usedBytes(): usize {
  return heap.alloc(0) - __heap_base
}

/** Frees everything that was allocated. Global variables must not hold addresses across it. */
export function reset(): void {
  freeArrays()
}

/** Where a number of an array lies, for loops in vectors. */
export function at4(array: Float32Array, index: i32): usize {
  return changetype<usize>(array) + ((<usize>index) << 2)
}

export function at8(array: Float64Array, index: i32): usize {
  return changetype<usize>(array) + ((<usize>index) << 3)
}
