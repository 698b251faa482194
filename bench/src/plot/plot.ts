// The plot of a bench: one SVG with a chart for each row that has something to see. Reads results, measures nothing.

import { median } from '../measure/statistics.ts'
import type { Results } from '../results.ts'
import type { Rows } from '../rows/index.ts'
import { linearScale, logScale } from './scale.ts'
import { barChart, page, xyChart } from './svg.ts'

const COLOR = { koutu: '#0b7285', peer: '#e8590c', third: '#7048e8' } as const
const COLUMNS = 2

type RowValues = Partial<Rows>

export function plot({ rows, machine }: Results): string {
  const values: RowValues = Object.fromEntries(Object.entries(rows).map(([id, { value }]) => [id, value]))
  const charts = [
    ...ratios(values),
    ...(values.warm ? [warmCalls(values.warm), steps(values.warm)] : []),
    ...(values.sizes ? [sizes(values.sizes)] : []),
    ...(values.many ? [manyTime(values.many), manyMemory(values.many)] : []),
  ]
  const { cpu, cores, node, onnxruntime, koutu } = machine
  return page(charts, COLUMNS, `${cpu}, ${cores} threads, Node ${node}, onnxruntime ${onnxruntime}, koutu ${koutu}`)
}

function ratios({ warm, cold, folder, memory }: RowValues): string[] {
  const list = [
    ['warm call', warm?.callMs.ratio],
    ['start to file', cold?.ms.ratio],
    ['folder', folder?.msPerPicture.ratio],
    ['peak memory', memory?.hwmMib.ratio],
  ] as const
  const bars = list.flatMap(([name, value]) =>
    value === undefined ? [] : [{ name, value, text: `${value.toFixed(2)} : 1`, color: COLOR.koutu }],
  )
  if (bars.length === 0) return []
  return [
    barChart({
      title: 'The peer costs so many times what koutu does',
      scale: linearScale(Math.max(...bars.map(({ value }) => value))),
      bars,
    }),
  ]
}

function warmCalls({ pictures }: Rows['warm']): string {
  const points = (key: 'oursMs' | 'theirsMs') =>
    pictures.map((picture) => [picture.megapixels, median(picture[key]) / 1000] as const)
  const [ours, theirs] = [points('oursMs'), points('theirsMs')]
  const megapixels = ours.map(([x]) => x)
  return xyChart({
    title: 'Warm call, image by image',
    xLabel: 'megapixels',
    yLabel: 'seconds',
    x: logScale(Math.min(...megapixels), Math.max(...megapixels)),
    y: linearScale(Math.max(...[...ours, ...theirs].map(([, y]) => y))),
    series: [
      { name: 'peer', color: COLOR.peer, kind: 'points', points: theirs },
      { name: 'koutu', color: COLOR.koutu, kind: 'points', points: ours },
    ],
  })
}

function steps({ steps }: Rows['warm']): string {
  return barChart({
    title: 'Where the milliseconds of a warm call go, medians',
    scale: linearScale(Math.max(...steps.map(({ ms }) => ms.median))),
    bars: steps.map(({ name, partOf, ms }) => ({
      name: partOf ? `${partOf}: ${name}` : name,
      value: ms.median,
      text: `${ms.median.toFixed(1)} ms`,
      color: partOf ? COLOR.third : COLOR.koutu,
    })),
  })
}

function sizes({ sizes }: Rows['sizes']): string {
  const time = sizes.map(({ megapixels, callMs }) => [megapixels, callMs.median / 1000] as const)
  const memory = sizes.flatMap(({ megapixels, peak }) => (peak ? [[megapixels, peak.hwmMib / 1024] as const] : []))
  const values = [...time, ...memory].map(([, y]) => y)
  return xyChart({
    title: 'Cost of larger images',
    xLabel: 'megapixels',
    yLabel: 'seconds, GiB',
    x: logScale(Math.min(...time.map(([x]) => x)), Math.max(...time.map(([x]) => x))),
    y: logScale(Math.min(...values), Math.max(...values)),
    series: [
      { name: 'warm call', color: COLOR.koutu, kind: 'line', points: time },
      { name: 'peak memory', color: COLOR.third, kind: 'line', points: memory },
    ],
  })
}

function manyTime({ doneSeconds, pictures }: Rows['many']): string {
  const points = doneSeconds.map((seconds, i) => [i + 1, seconds / (i + 1)] as const)
  return xyChart({
    title: `${pictures} images in one run: time over number`,
    xLabel: 'images done',
    yLabel: 'seconds an image',
    x: logScale(1, pictures),
    y: linearScale(Math.max(...points.map(([, y]) => y))),
    series: [{ name: 'koutu', color: COLOR.koutu, kind: 'line', points }],
  })
}

function manyMemory({ memory, pictures }: Rows['many']): string {
  const points = (key: 'rootMib' | 'childrenMib') => memory.done.map((done, i) => [done, memory[key][i]!] as const)
  return xyChart({
    title: `${pictures} images in one run: resident memory`,
    xLabel: 'images done',
    yLabel: 'MiB',
    x: linearScale(pictures),
    y: linearScale(Math.max(...memory.rootMib, ...memory.childrenMib)),
    series: [
      { name: 'command', color: COLOR.koutu, kind: 'line', points: points('rootMib') },
      { name: 'network process', color: COLOR.third, kind: 'line', points: points('childrenMib') },
    ],
  })
}
