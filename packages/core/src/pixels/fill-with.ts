// Typed arrays made value by value. `from` with a function keeps about 50 bytes a value until it is done.

type Numbers = Uint8Array | Uint16Array | Float32Array

/** Writes `valueAt(i)` to each index of `into`, and returns it. */
export function fillWith<T extends Numbers>(into: T, valueAt: (i: number) => number): T {
  for (let i = 0; i < into.length; i++) into[i] = valueAt(i)
  return into
}
