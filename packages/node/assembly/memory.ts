// Memory of an instance. Allocations are zero and are never freed one by one: `reset` frees all of them at once.

/** A typed array of that many bytes: its reference is the address of the first element. */
export function allocate(bytes: i32): usize {
  return changetype<usize>(new Uint8Array(bytes))
}

/** Bytes in use. */
export function usedBytes(): usize {
  return heap.alloc(0) - __heap_base
}

/** Frees and clears everything that was allocated. Global variables must not hold addresses across it. */
export function reset(): void {
  memory.fill(__heap_base, 0, usedBytes())
  heap.reset()
}

export function floats(count: i32): usize {
  return allocate(count << 2)
}

export function doubles(count: i32): usize {
  return allocate(count << 3)
}

export function float(base: usize, i: i32): f32 {
  return load<f32>(base + ((<usize>i) << 2))
}

export function setFloat(base: usize, i: i32, value: f32): void {
  store<f32>(base + ((<usize>i) << 2), value)
}

export function double(base: usize, i: i32): f64 {
  return load<f64>(base + ((<usize>i) << 3))
}

export function setDouble(base: usize, i: i32, value: f64): void {
  store<f64>(base + ((<usize>i) << 3), value)
}

export function int(base: usize, i: i32): i32 {
  return load<i32>(base + ((<usize>i) << 2))
}

export function setInt(base: usize, i: i32, value: i32): void {
  store<i32>(base + ((<usize>i) << 2), value)
}

export function byte(base: usize, i: i32): i32 {
  return <i32>load<u8>(base + <usize>i)
}

export function setByte(base: usize, i: i32, value: i32): void {
  store<u8>(base + <usize>i, <u8>value)
}

export function word(base: usize, i: i32): i32 {
  return <i32>load<u16>(base + ((<usize>i) << 1))
}

export function setWord(base: usize, i: i32, value: i32): void {
  store<u16>(base + ((<usize>i) << 1), <u16>value)
}

export function copyFloats(source: usize, count: i32): usize {
  const copy = floats(count)
  memory.copy(copy, source, (<usize>count) << 2)
  return copy
}
