// The known name that a misspelled one may stand for.

/** More than these shares of a word's letters wrong is another word. */
const MAX_SHARE = 0.4

/** Null where nothing is close. Case does not count. */
export function closest(word: string, names: Iterable<string>): string | null {
  let best: { readonly name: string; readonly distance: number } | null = null
  for (const name of names) {
    if (Math.abs(name.length - word.length) > name.length * MAX_SHARE) continue
    const distance = editDistance(word.toLowerCase(), name.toLowerCase())
    if (distance <= name.length * MAX_SHARE && distance < (best?.distance ?? Number.POSITIVE_INFINITY))
      best = { name, distance }
  }
  return best?.name ?? null
}

/** Letters to insert, delete, replace or swap with their neighbor: optimal string alignment. */
function editDistance(a: string, b: string): number {
  let [before, last] = [[] as number[], Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row[j] = Math.min(replaced, last[j]! + 1, row[j - 1]! + 1, isSwap ? before[j - 2]! + 1 : replaced)
    }
    ;[before, last] = [last, row]
  }
  return last[b.length]!
}
