// Alternates variants: each round runs all of them, the next round in the opposite order, so that a machine that slows
// down or warms up favors none.

/** `measure` is called once for each variant and round; the answers of a variant stand in the order of the rounds. */
export async function alternate<Name extends string, T>(
  variants: readonly Name[],
  rounds: number,
  measure: (variant: Name, round: number) => Promise<T>,
): Promise<Record<Name, T[]>> {
  const answers = Object.fromEntries(variants.map((variant) => [variant, []])) as unknown as Record<Name, T[]>
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? variants : variants.toReversed()
    for (const variant of order) answers[variant].push(await measure(variant, round))
  }
  return answers
}
