// Memory of an instance, which only grows. Addresses are multiples of 16.

export function allocate(bytes: i32): usize {
  return heap.alloc(<usize>bytes)
}
