// The tables of drawn truths in docs/quality.md, from the figures that tests-all/drawn-truths.test.ts measures.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { markdownTable } from './table.ts'

interface Row {
  readonly subject: string
  readonly size: string
  readonly background: string
  readonly camera: string
  readonly thicknessPx: number
  readonly sad: number
  readonly grad: number
}

function measuredRows(): Row[] {
  const path = join(import.meta.dirname, '../tests/golden/drawn-truths.json')
  const measured = JSON.parse(readFileSync(path, 'utf8')) as Record<string, readonly Omit<Row, 'subject'>[]>
  return Object.entries(measured).flatMap(([subject, rows]) => rows.map((row) => ({ ...row, subject })))
}

/** Geometric means of the images that have a row's and a column's value in common. */
function drawnTable(row: keyof Row, column: keyof Row): string {
  const measured = measuredRows()
  const valuesOf = (key: keyof Row) => [...new Set(measured.map((image) => image[key]))]
  const rows = valuesOf(row)
  if (row === 'thicknessPx') rows.sort((a, b) => Number(a) - Number(b))
  const columns = valuesOf(column)
  return markdownTable(
    [row === 'subject' ? 'class' : row === 'thicknessPx' ? 'thickness' : row, ...columns.map(String)],
    rows.map((value) => [
      row === 'thicknessPx' ? `${value} px` : String(value),
      ...columns.map((other) => cell(measured.filter((image) => image[row] === value && image[column] === other))),
    ]),
  )
}

export const drawnTruthsTable = (): string => drawnTable('subject', 'size')
export const drawnBackgroundsTable = (): string => drawnTable('background', 'camera')
export const drawnThicknessesTable = (): string => drawnTable('thicknessPx', 'size')

/** A score, its bold, and how many images are more than 5 % worse in either. */
function cell(images: readonly Row[]): string {
  if (images.length === 0) return ''
  const mean = (of: (image: Row) => number) =>
    ratio(Math.exp(images.reduce((sum, image) => sum + Math.log(of(image)), 0) / images.length))
  const worse = images.filter(({ sad, grad }) => Math.max(sad, grad) > 1.05).length
  return `${mean(({ sad }) => sad)} / ${mean(({ grad }) => grad)}${worse > 0 ? ` (${worse} of ${images.length})` : ''}`
}

const ratio = (value: number): string => (value > 1 ? `**${value.toFixed(2)}**` : value.toFixed(2).replace(/^0/, ''))
