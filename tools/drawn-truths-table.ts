// The table of drawn truths in docs/quality.md, from the figures that tests-all/drawn-truths.test.ts measures.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { markdownTable } from './table.ts'

interface Row {
  readonly size: string
  readonly thicknessPx: number
  readonly images: number
  readonly sad: number
  readonly grad: number
  readonly worse: number
}

export function drawnTruthsTable(): string {
  const path = join(import.meta.dirname, '../tests/golden/drawn-truths.json')
  const measured = Object.entries(JSON.parse(readFileSync(path, 'utf8')) as Record<string, readonly Row[]>)
  const sizes = [...new Set(measured.flatMap(([, rows]) => rows.map(({ size }) => size)))]
  const lines = measured.flatMap(([subject, rows]) =>
    [...new Set(rows.map(({ thicknessPx }) => thicknessPx))].map((thickness) => [
      subject,
      `${thickness} px`,
      ...sizes.map((size) => cell(rows.find((row) => row.size === size && row.thicknessPx === thickness))),
    ]),
  )
  return markdownTable(['class', 'thickness', ...sizes], lines)
}

function cell(row: Row | undefined): string {
  if (!row) return ''
  const worse = row.worse > 0 ? ` (${row.worse} of ${row.images})` : ''
  return `${ratio(row.sad)} / ${ratio(row.grad)}${worse}`
}

const ratio = (value: number): string => (value > 1.05 ? `**${value.toFixed(2)}**` : value.toFixed(2).replace(/^0/, ''))
