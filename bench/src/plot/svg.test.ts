// What a chart says is read from its pixels, drawn by librsvg.

import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { linearScale, logScale } from './scale.ts'
import { BOX, barChart, page, xyChart } from './svg.ts'

async function draw(svg: string) {
  const { data, info } = await sharp(Buffer.from(svg)).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  const at = (x: number, y: number) => [...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)]
  /** Places of all pixels of a pure color, smoothed edges included; gray is none. */
  const places = (color: readonly number[]) => {
    const isNear = (level: number, i: number) => (color[i] === 255 ? level > 200 : level < 160)
    const found: [x: number, y: number][] = []
    for (let y = 0; y < info.height; y++) {
      for (let x = 0; x < info.width; x++) if (at(x, y).every(isNear)) found.push([x, y])
    }
    return found
  }
  return { width: info.width, height: info.height, places }
}
const span = (numbers: readonly number[]) => [Math.min(...numbers), Math.max(...numbers)] as const

describe('charts', () => {
  it('bars are as long as their numbers', async () => {
    const box = barChart({
      title: 'Bars & <more>',
      scale: linearScale(10),
      bars: [
        { name: 'long', value: 10, text: '10', color: '#ff0000' },
        { name: 'short', value: 5, text: '5', color: '#0000ff' },
        { name: 'none', value: 0, text: '0', color: '#00ff00' },
      ],
    })
    const { places } = await draw(page([box], 1, 'small "print"'))
    const length = (color: readonly number[]) => {
      const [from, to] = span(places(color).map(([x]) => x))
      return to - from + 1
    }
    expect(length([255, 0, 0])).toBe(220)
    expect(length([0, 0, 255])).toBe(110)
    expect(places([0, 255, 0])).toEqual([])
  })

  it('lines go where their numbers are', async () => {
    const box = xyChart({
      title: 'Lines',
      x: logScale(1, 100),
      y: linearScale(50),
      xLabel: 'x',
      yLabel: 'y',
      series: [
        {
          name: 'low',
          color: '#ff0000',
          kind: 'line',
          points: [
            [1, 0],
            [100, 0],
          ],
        },
        {
          name: 'half',
          color: '#0000ff',
          kind: 'line',
          points: [
            [10, 25],
            [100, 25],
          ],
        },
      ],
    })
    const { places } = await draw(page([box], 1, ''))
    // Without the squares of the legend.
    const inChart = (color: readonly number[]) => places(color).filter(([, y]) => y > 50)
    const [left, right] = span(inChart([255, 0, 0]).map(([x]) => x))
    const [middle, end] = span(inChart([0, 0, 255]).map(([x]) => x))
    expect(Math.abs(middle - (left + right) / 2)).toBeLessThanOrEqual(1)
    expect(Math.abs(end - right)).toBeLessThanOrEqual(1)
    const [low] = inChart([255, 0, 0])[0]!.slice(1) as [number]
    const [half] = inChart([0, 0, 255])[0]!.slice(1) as [number]
    // From the foot of the chart half way to its top at 58.
    expect(Math.abs(half - (low + 58) / 2)).toBeLessThanOrEqual(1)
  })

  it('boxes stand in rows', async () => {
    const dot = (color: string) =>
      barChart({ title: '', scale: linearScale(1), bars: [{ name: '', value: 1, text: '', color }] })
    const { width, height, places } = await draw(page([dot('#ff0000'), dot('#00ff00'), dot('#0000ff')], 2, ''))
    expect([width, height]).toEqual([2 * BOX.width, 2 * BOX.height + 28])
    const [red, green, blue] = [
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
    ].map((color) => places(color)[0]!)
    expect(green).toEqual([red![0] + BOX.width, red![1]])
    expect(blue).toEqual([red![0], red![1] + BOX.height])
  })
})
