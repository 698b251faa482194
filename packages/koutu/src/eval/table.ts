// The report as text for a terminal. Control characters in names never reach the terminal.

import { METRICS } from '@koutu/core'
import type { EvalReport, GroupSummary } from './summary.ts'

const HEAD = ['', 'pictures', ...METRICS.map(({ title, better }) => `${title} ${better === 'lower' ? '↓' : '↑'}`)]

/** Tiers, kinds and overall means in aligned columns, then the pictures that failed. Ends without a newline. */
export function renderTable(report: EvalReport): string {
  const sections: string[][][] = [
    report.tiers.map((group) => row(`tier ${group.name}`, group)),
    report.kinds.map((group) => row(group.name, group)),
    report.overall ? [row('all but tier T', report.overall)] : [],
  ]
  const filled = sections.filter((rows) => rows.length > 0)
  const widths = HEAD.map((title, column) =>
    Math.max(title.length, ...filled.flat().map((cells) => cells[column]!.length)),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd()
  const rule = '-'.repeat(widths.reduce((sum, width) => sum + width + 2, -2))
  const failures = report.pictures
    .filter((picture) => !picture.ok)
    .map((picture) => `failed: ${printable(picture.id)}: ${printable(picture.error.message)}`)
  return [
    printable(report.title),
    ...(filled.length > 0 ? [line(HEAD), ...filled.flatMap((rows) => [rule, ...rows.map(line)])] : []),
    ...failures,
  ].join('\n')
}

function row(name: string, { count, scores }: GroupSummary): string[] {
  return [printable(name), String(count), ...METRICS.map(({ id, digits }) => scores[id].toFixed(digits))]
}

function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{FFFD}')
}
