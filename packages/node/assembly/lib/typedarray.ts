// Typed arrays for the kernels, in place of AssemblyScript's own: a reference is the address of the first element, so that an
// access costs what a raw load costs. As in JavaScript, floats are read as doubles and rounded when they are stored. Nothing
// checks bounds. Arrays start as zeros (see memory.ts) and are never freed one by one.

/** Before the first element: the number of bytes, padded so that elements stay aligned to vectors. */
const HEADER: usize = 16

/** Where memory begins that no image has used: it is zeros as it came. */
let untouched: usize = 0

/** Frees all arrays at once. */
export function freeArrays(): void {
  untouched = max(untouched, heap.alloc(0))
  heap.reset()
}

function allocateArray(bytes: i32): usize {
  const array = allocateUncleared(bytes)
  // Here and not when it is freed: what is cleared now is in the processor's cache when it is written.
  if (array < untouched) memory.fill(array, 0, min(<usize>bytes, untouched - array))
  return array
}

/** Whatever was there before. For what is written before it is read. */
export function allocateUncleared(bytes: i32): usize {
  const at = heap.alloc(<usize>bytes + HEADER)
  store<i32>(at, bytes)
  return at + HEADER
}

// @ts-expect-error: decorator
@inline
function bytesOf(array: usize): i32 {
  return load<i32>(array - HEADER)
}

/** Zeros in the elements from `begin` to before `end`, of `1 << shift` bytes each. */
function clear(array: usize, shift: usize, begin: i32, end: i32): void {
  memory.fill(array + ((<usize>begin) << shift), 0, (<usize>(end - begin)) << shift)
}

function copyOf(array: usize): usize {
  const copy = allocateUncleared(bytesOf(array))
  memory.copy(copy, array, <usize>bytesOf(array))
  return copy
}

/** What images are made of. */
@unmanaged
export class Samples {}

@unmanaged
@final
export class Uint8Array extends Samples {
  constructor(length: i32) {
    super()
    return changetype<Uint8Array>(allocateArray(length))
  }
  get length(): i32 {
    return bytesOf(changetype<usize>(this))
  }
  slice(): Uint8Array {
    return changetype<Uint8Array>(copyOf(changetype<usize>(this)))
  }
  fill(value: i32, begin: i32 = 0, end: i32 = this.length): void {
    if (value === 0) clear(changetype<usize>(this), 0, begin, end)
    else for (let index = begin; index < end; index++) this[index] = value
  }
  @inline @operator('[]')
  private __get(index: i32): i32 {
    return <i32>load<u8>(changetype<usize>(this) + <usize>index)
  }
  @inline @operator('[]=')
  private __set(index: i32, value: i32): void {
    store<u8>(changetype<usize>(this) + <usize>index, <u8>value)
  }
}

@unmanaged
@final
export class Int8Array {
  constructor(length: i32) {
    return changetype<Int8Array>(allocateArray(length))
  }
  get length(): i32 {
    return bytesOf(changetype<usize>(this))
  }
  @inline @operator('[]')
  private __get(index: i32): i32 {
    return <i32>load<i8>(changetype<usize>(this) + <usize>index)
  }
  @inline @operator('[]=')
  private __set(index: i32, value: i32): void {
    store<i8>(changetype<usize>(this) + <usize>index, <i8>value)
  }
}

@unmanaged
@final
export class Uint16Array extends Samples {
  constructor(length: i32) {
    super()
    return changetype<Uint16Array>(allocateArray(length << 1))
  }
  get length(): i32 {
    return bytesOf(changetype<usize>(this)) >> 1
  }
  @inline @operator('[]')
  private __get(index: i32): i32 {
    return <i32>load<u16>(changetype<usize>(this) + ((<usize>index) << 1))
  }
  @inline @operator('[]=')
  private __set(index: i32, value: i32): void {
    store<u16>(changetype<usize>(this) + ((<usize>index) << 1), <u16>value)
  }
}

@unmanaged
@final
export class Int32Array {
  constructor(length: i32) {
    return changetype<Int32Array>(allocateArray(length << 2))
  }
  get length(): i32 {
    return bytesOf(changetype<usize>(this)) >> 2
  }
  fill(value: i32, begin: i32 = 0, end: i32 = this.length): void {
    if (value === 0) clear(changetype<usize>(this), 2, begin, end)
    else for (let index = begin; index < end; index++) this[index] = value
  }
  set(source: Int32Array): void {
    memory.copy(changetype<usize>(this), changetype<usize>(source), <usize>bytesOf(changetype<usize>(source)))
  }
  @inline @operator('[]')
  private __get(index: i32): i32 {
    return load<i32>(changetype<usize>(this) + ((<usize>index) << 2))
  }
  @inline @operator('[]=')
  private __set(index: i32, value: i32): void {
    store<i32>(changetype<usize>(this) + ((<usize>index) << 2), value)
  }
}

@unmanaged
@final
export class Float32Array {
  constructor(length: i32) {
    return changetype<Float32Array>(allocateArray(length << 2))
  }
  get length(): i32 {
    return bytesOf(changetype<usize>(this)) >> 2
  }
  slice(): Float32Array {
    return changetype<Float32Array>(copyOf(changetype<usize>(this)))
  }
  fill(value: f64, begin: i32 = 0, end: i32 = this.length): void {
    if (value === 0) clear(changetype<usize>(this), 2, begin, end)
    else for (let index = begin; index < end; index++) this[index] = value
  }
  @inline @operator('[]')
  private __get(index: i32): f64 {
    return <f64>load<f32>(changetype<usize>(this) + ((<usize>index) << 2))
  }
  @inline @operator('[]=')
  private __set(index: i32, value: f64): void {
    store<f32>(changetype<usize>(this) + ((<usize>index) << 2), <f32>value)
  }
}

@unmanaged
@final
export class Float64Array {
  constructor(length: i32) {
    return changetype<Float64Array>(allocateArray(length << 3))
  }
  get length(): i32 {
    return bytesOf(changetype<usize>(this)) >> 3
  }
  fill(value: f64, begin: i32 = 0, end: i32 = this.length): void {
    if (value === 0) clear(changetype<usize>(this), 3, begin, end)
    else for (let index = begin; index < end; index++) this[index] = value
  }
  @inline @operator('[]')
  private __get(index: i32): f64 {
    return load<f64>(changetype<usize>(this) + ((<usize>index) << 3))
  }
  @inline @operator('[]=')
  private __set(index: i32, value: f64): void {
    store<f64>(changetype<usize>(this) + ((<usize>index) << 3), value)
  }
}
