// Charts as SVG text: lines and points over two scales, and bars. Each chart is one box; `page` puts boxes beside each
// other. Knows numbers and words, not what they mean.

import type { Scale } from './scale.ts'

interface Series {
  readonly name: string
  readonly color: string
  readonly points: readonly (readonly [x: number, y: number])[]
  /** Points alone where they are not one after the other. */
  readonly kind: 'line' | 'points'
}

interface XyChart {
  readonly title: string
  readonly x: Scale
  readonly y: Scale
  readonly xLabel: string
  readonly yLabel: string
  readonly series: readonly Series[]
}

interface Bar {
  readonly name: string
  readonly value: number
  /** Written at the end of the bar. */
  readonly text: string
  readonly color: string
}

interface BarChart {
  readonly title: string
  readonly scale: Scale
  readonly bars: readonly Bar[]
}

export const BOX = { width: 460, height: 300 } as const

const FRAME = { left: 64, right: 16, top: 58, bottom: 44 } as const
const INNER = {
  width: BOX.width - FRAME.left - FRAME.right,
  height: BOX.height - FRAME.top - FRAME.bottom,
} as const
/** Room for the names of bars, and for what is written behind them. */
const BAR_FRAME = { left: 150, right: 90 } as const
const INK = { text: '#1f2328', quiet: '#656d76', grid: '#d8dee4', paper: '#ffffff' } as const

export function xyChart({ title, x, y, xLabel, yLabel, series }: XyChart): string {
  const left = (value: number) => number(FRAME.left + x.at(value) * INNER.width)
  const top = (value: number) => number(FRAME.top + (1 - y.at(value)) * INNER.height)
  const [bottom, right] = [FRAME.top + INNER.height, FRAME.left + INNER.width]
  const drawn = series.flatMap(({ kind, color, points }) =>
    kind === 'line'
      ? [
          `<polyline fill="none" stroke="${color}" stroke-width="1.8" points="${points.map(([a, b]) => `${left(a)},${top(b)}`).join(' ')}"/>`,
        ]
      : points.map(([a, b]) => `<circle cx="${left(a)}" cy="${top(b)}" r="2.6" fill="${color}" fill-opacity="0.75"/>`),
  )
  return [
    heading(title),
    ...legend(series),
    ...y.ticks.flatMap((tick) => [
      `<line x1="${FRAME.left}" y1="${top(tick)}" x2="${right}" y2="${top(tick)}" stroke="${INK.grid}"/>`,
      text(shown(tick), FRAME.left - 8, Number(top(tick)) + 4, 'end', INK.quiet),
    ]),
    ...x.ticks.map((tick) => text(shown(tick), Number(left(tick)), bottom + 16, 'middle', INK.quiet)),
    text(xLabel, FRAME.left + INNER.width / 2, bottom + 34, 'middle', INK.text),
    text(yLabel, 8, FRAME.top - 10, 'start', INK.text),
    ...drawn,
  ].join('\n')
}

export function barChart({ title, scale, bars }: BarChart): string {
  const width = BOX.width - BAR_FRAME.left - BAR_FRAME.right
  const pitch = Math.min(30, (BOX.height - FRAME.top - 16) / Math.max(1, bars.length))
  return [
    heading(title),
    ...bars.flatMap(({ name, value, text: label, color }, i) => {
      const top = FRAME.top + i * pitch
      const length = Math.max(0, scale.at(value)) * width
      return [
        text(name, BAR_FRAME.left - 8, top + pitch / 2 + 3, 'end', INK.text),
        `<rect x="${BAR_FRAME.left}" y="${number(top + 2)}" width="${number(length)}" height="${number(pitch - 5)}" fill="${color}"/>`,
        text(label, BAR_FRAME.left + length + 6, top + pitch / 2 + 3, 'start', INK.quiet),
      ]
    }),
  ].join('\n')
}

/** A complete SVG file with boxes in rows, and a line of small print below. */
export function page(boxes: readonly string[], columns: number, smallPrint: string): string {
  const width = columns * BOX.width
  const height = Math.ceil(boxes.length / columns) * BOX.height + 28
  const placed = boxes.map((box, i) => {
    const [left, top] = [(i % columns) * BOX.width, Math.floor(i / columns) * BOX.height]
    return `<g transform="translate(${left} ${top})">\n${box}\n</g>`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    '<title>koutu beside its peer: ratios, times and memory</title>',
    `<rect width="${width}" height="${height}" fill="${INK.paper}"/>`,
    ...placed,
    text(smallPrint, 16, height - 10, 'start', INK.quiet),
    '</svg>\n',
  ].join('\n')
}

function heading(title: string): string {
  return `<text x="8" y="20" font-size="14" font-weight="600" fill="${INK.text}">${escaped(title)}</text>`
}

function legend(series: readonly Series[]): string[] {
  let left = BOX.width - FRAME.right
  return series.toReversed().flatMap(({ name, color }) => {
    // Text cannot be measured here: eight units are wide enough for a letter of this size.
    left -= name.length * 8 + 24
    return [
      `<rect x="${left}" y="30" width="10" height="10" fill="${color}"/>`,
      text(name, left + 14, 39, 'start', INK.text),
    ]
  })
}

function text(words: string, x: number, y: number, anchor: 'start' | 'middle' | 'end', color: string): string {
  return `<text x="${number(x)}" y="${number(y)}" text-anchor="${anchor}" fill="${color}">${escaped(words)}</text>`
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

function number(value: number): string {
  return String(Math.round(value * 10) / 10)
}

function shown(tick: number): string {
  return tick >= 1000 ? `${tick / 1000}k` : String(tick)
}
