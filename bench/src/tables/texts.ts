// How tables are made, and how they write numbers. Knows no rows.

import type { Sample } from '../measure/statistics.ts'
import type { Results } from '../results.ts'
import type { Rows } from '../rows/index.ts'

export interface Table {
  readonly title: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** What was measured; makers of tables take the rows that they show. */
export type RowValues = Partial<Rows>

export function valuesOf({ rows }: Results): RowValues {
  return Object.fromEntries(Object.entries(rows).map(([id, { value }]) => [id, value]))
}

export function both({ median, p95 }: Sample, text: (value: number) => string): string {
  return `${text(median)}, ${text(p95)}`
}

export function ratioText(ratio: number): string {
  return `${ratio.toFixed(2)} : 1`
}

export function milliseconds(ms: number): string {
  return `${ms.toFixed(0)} ms`
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}

export function mebibytes(mib: number): string {
  return `${mib.toFixed(0)} MiB`
}
