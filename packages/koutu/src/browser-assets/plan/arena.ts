// Places in one block of memory for values that live from one step to another: those that live at the same time lie apart. Pure.

export interface Lifetime {
  readonly bytes: number
  /** Steps, both included. */
  readonly from: number
  readonly to: number
}

const ALIGNMENT = 64

/** The largest first, each at the lowest place that is free while it lives. */
export function planArena(values: readonly Lifetime[]): { readonly places: readonly number[]; readonly bytes: number } {
  const places = new Array<number>(values.length).fill(0)
  const placed: number[] = []
  let bytes = 0
  for (const i of values.map((_, i) => i).toSorted((a, b) => values[b]!.bytes - values[a]!.bytes)) {
    const value = values[i]!
    const rivals = placed
      .filter((j) => values[j]!.from <= value.to && value.from <= values[j]!.to)
      .toSorted((a, b) => places[a]! - places[b]!)
    let at = 0
    for (const j of rivals) {
      if (at + value.bytes <= places[j]!) break
      at = Math.max(at, Math.ceil((places[j]! + values[j]!.bytes) / ALIGNMENT) * ALIGNMENT)
    }
    places[i] = at
    placed.push(i)
    bytes = Math.max(bytes, at + value.bytes)
  }
  return { places, bytes }
}
