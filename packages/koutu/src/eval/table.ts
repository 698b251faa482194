// The report as text for a terminal. Control characters in names never reach the terminal.

import { METRICS } from '@koutu/core'
import { WORSE_RATIO } from './ratios.ts'
import type { EvalReport, GroupSummary } from './summary.ts'

const HEAD = ['', 'images', ...METRICS.map(({ title, better }) => `${title} ${better === 'lower' ? '↓' : '↑'}`)]

/** Tiers, kinds and overall means in aligned columns, then the images that lost most against the network alone and those that failed. Ends without a newline. */
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
    ...(report.overall ? losers(report.overall) : []),
    ...failures,
  ].join('\n')
}

/** One line, or five where there is something to compare with. */
function rows(name: string, { count, scores, network, ratios }: GroupSummary): string[][] {
  const own = [printable(name), String(count), ...METRICS.map(({ id, digits }) => scores[id].toFixed(digits))]
  if (!network || !ratios) return [own]
  return [
    own,
    ['  network alone', '', ...METRICS.map(({ id, digits }) => network[id].toFixed(digits))],
    [
      '  ratio of means',
      '',
      ...METRICS.map(({ id }) => (network[id] === 0 ? '' : (scores[id] / network[id]).toFixed(3))),
    ],
    ['  geometric mean of ratios', '', ...METRICS.map(({ id }) => ratios[id]?.geometricMean.toFixed(3) ?? '')],
    [`  images above ${WORSE_RATIO}`, '', ...METRICS.map(({ id }) => String(ratios[id]?.worse ?? ''))],
  ]
}

/** The images that the network alone did better, by the metrics for areas and for edges. */
function losers({ ratios }: GroupSummary): string[] {
  return METRICS.filter(({ id }) => id === 'sad' || id === 'grad').flatMap(({ id, title }) => {
    const worst = ratios?.[id]?.worst ?? []
    if (worst.length === 0) return []
    return [`worst in ${title}: ${worst.map((image) => `${printable(image.id)} ${image.ratio.toFixed(2)}`).join(', ')}`]
  })
}

function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{FFFD}')
}
