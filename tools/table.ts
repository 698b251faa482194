// Tables as Markdown, padded as the formatter pads them, so that a document stays as it was written.

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows].map((cells) => cells.map((cell) => cell.replaceAll('|', '\\|')))
  const widths = head.map((_, column) => Math.max(3, ...lines.map((cells) => widthOf(cells[column]!))))
  const pad = (cell: string, width: number) => cell + ' '.repeat(width - widthOf(cell))
  const row = (cells: readonly string[]) => `| ${cells.map((cell, i) => pad(cell, widths[i]!)).join(' | ')} |`
  return [row(lines[0]!), row(widths.map((width) => '-'.repeat(width))), ...lines.slice(1).map(row)].join('\n')
}

/** Columns of a terminal or an editor: Chinese characters take two. */
const widthOf = (text: string): number => text.length + (text.match(/[\u2e80-\uffef]/g)?.length ?? 0)
