// Whether two sets of options ask the network for the same.

import type { ResolvedOptions } from '@koutu/core'

/** What the network is asked for, and what it is shown. The rest follows it. */
const NETWORK_OPTIONS = ['engine', 'model', 'precision', 'quality', 'roi'] as const

/** For options that tools take: no model files. */
export function asksTheSame(a: ResolvedOptions, b: ResolvedOptions): boolean {
  const asked = (options: ResolvedOptions) => JSON.stringify(NETWORK_OPTIONS.map((key) => options[key] ?? null))
  return asked(a) === asked(b)
}
