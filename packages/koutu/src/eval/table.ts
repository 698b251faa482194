// The report as text for a terminal. Control characters in names never reach the terminal.

import { METRICS } from '@koutu/core'
import type { EvalReport, GroupSummary } from './summary.ts'

const HEAD = ['', 'pictures', ...METRICS.map(({ title, better }) => `${title} ${better === 'lower' ? '↓' : '↑'}`)]

/** Tiers, kinds and overall means in aligned columns, then the pictures that failed. Ends without a newline. */
export function renderTable(report: EvalReport): string {
  const sections: string[][][] = [
    report.tiers.flatMap((group) => rows(`tier ${group.name}`, group)),
    report.kinds.flatMap((group) => rows(group.name, group)),
    report.overall ? rows('all but tier T', report.overall) : [],
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

/** One line, or three where there is something to compare with. */
function rows(name: string, { count, scores, network }: GroupSummary): string[][] {
  const own = [printable(name), String(count), ...METRICS.map(({ id, digits }) => scores[id].toFixed(digits))]
  if (!network) return [own]
  return [
    own,
    ['  network alone', '', ...METRICS.map(({ id, digits }) => network[id].toFixed(digits))],
    ['  ratio', '', ...METRICS.map(({ id }) => (network[id] === 0 ? '' : (scores[id] / network[id]).toFixed(3)))],
  ]
}

function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{FFFD}')
}
