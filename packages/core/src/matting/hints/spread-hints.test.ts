// Hints on drawn images whose objects are known: how much of the wrong region one stroke repairs, and what it leaves alone.

import { describe, expect, it } from 'vitest'
import { paintStroke } from '../../pixels/brush.ts'
import { createPlane, type Plane, type Raster } from '../../pixels/raster.ts'
import { refineAlpha } from '../refine-alpha.ts'
import { random } from '../scenes.fixture.ts'
import { spreadHints } from './spread-hints.ts'

const WIDTH = 320
const HEIGHT = 240

type Shape = (x: number, y: number) => boolean
const disc =
  (cx: number, cy: number, r: number): Shape =>
  (x, y) =>
    Math.hypot(x - cx, y - cy) < r
const left = disc(90, 120, 55)
const right = disc(230, 120, 55)

/** Two noisy discs, reddish and greenish, on a bluish wall. */
function photo(colorOf: (x: number, y: number) => readonly number[]): Raster {
  const next = random(7)
  const data = new Uint8Array(WIDTH * HEIGHT * 3)
  for (let i = 0; i < WIDTH * HEIGHT; i++) {
    const color = colorOf((i % WIDTH) + 0.5, Math.floor(i / WIDTH) + 0.5)
    for (let c = 0; c < 3; c++) data[i * 3 + c] = color[c]! + 24 * (next() - 0.5)
  }
  return { width: WIDTH, height: HEIGHT, channels: 3, alpha: 'none', data }
}
const twoDiscs = photo((x, y) => (left(x, y) ? [190, 70, 60] : right(x, y) ? [80, 160, 60] : [70, 90, 170]))

function coarse(inside: Shape, value = 1): Plane {
  const plane = createPlane(128, 128)
  plane.data.forEach((_, i) => {
    const x = (((i % 128) + 0.5) / 128) * WIDTH
    const y = ((Math.floor(i / 128) + 0.5) / 128) * HEIGHT
    plane.data[i] = inside(x, y) ? value : 0
  })
  return plane
}

function hinted(
  alpha: Plane,
  guide: Raster,
  marks: readonly { at: readonly [number, number][]; value: 1 | -1 }[],
): Plane {
  const map = new Int8Array(WIDTH * HEIGHT)
  for (const { at, value } of marks) paintStroke(map, guide, { points: at, radiusPx: 5 }, value)
  return refineAlpha(spreadHints(alpha, guide, map), guide, { quality: 'balanced' })
}

function iou(alpha: Plane, truth: Shape): number {
  let both = 0
  let either = 0
  alpha.data.forEach((value, i) => {
    const a = value >= 0.5
    const b = truth((i % WIDTH) + 0.5, Math.floor(i / WIDTH) + 0.5)
    if (a && b) both++
    if (a || b) either++
  })
  return both / either
}

const both: Shape = (x, y) => left(x, y) || right(x, y)

describe('spreadHints', () => {
  it('brings a missed object in by one stroke on it', () => {
    const alpha = hinted(coarse(left), twoDiscs, [
      {
        at: [
          [215, 110],
          [240, 130],
        ],
        value: 1,
      },
    ])
    expect(iou(alpha, both)).toBeGreaterThan(0.97)
  })

  it('brings in what the network half saw', () => {
    const half = coarse(left)
    coarse(right, 0.4).data.forEach((value, i) => {
      half.data[i] = Math.max(half.data[i]!, value)
    })
    expect(iou(hinted(half, twoDiscs, [{ at: [[230, 120]], value: 1 }]), both)).toBeGreaterThan(0.97)
  })

  it('takes a wrong object out by one stroke on it, and leaves the other', () => {
    const alpha = hinted(coarse(both), twoDiscs, [
      {
        at: [
          [80, 100],
          [100, 140],
        ],
        value: -1,
      },
    ])
    expect(iou(alpha, right)).toBeGreaterThan(0.97)
  })

  it('takes wall out that was kept with the object', () => {
    const square: Shape = (x, y) => Math.abs(x - 90) < 70 && Math.abs(y - 120) < 70
    const alpha = hinted(coarse(square), twoDiscs, [
      {
        at: [
          [30, 60],
          [30, 180],
        ],
        value: -1,
      },
    ])
    expect(iou(alpha, left)).toBeGreaterThan(0.93)
  })

  it('keeps what an erasing stroke claims out of what a keeping one reaches', () => {
    const dumbbell: Shape = (x, y) => both(x, y) || (Math.abs(y - 120) < 10 && Math.abs(x - 160) < 70)
    const same = photo((x, y) => (dumbbell(x, y) ? [190, 70, 60] : [70, 90, 170]))
    const keep = { at: [[90, 120]] as [number, number][], value: 1 as const }
    const erase = { at: [[230, 120]] as [number, number][], value: -1 as const }
    const nothing = coarse(() => false)
    expect(iou(hinted(nothing, same, [keep]), dumbbell)).toBeGreaterThan(0.97)
    // The border between the two runs through the middle of the bar.
    expect(iou(hinted(nothing, same, [keep, erase]), (x, y) => dumbbell(x, y) && x < 160)).toBeGreaterThan(0.95)
  })

  it('does not flood what colors cannot tell apart', () => {
    const alpha = hinted(coarse(left), twoDiscs, [{ at: [[160, 30]], value: 1 }])
    const flooded = alpha.data.filter((value, i) => value > 0.5 && !left(i % WIDTH, Math.floor(i / WIDTH))).length
    expect(flooded / alpha.data.length).toBeLessThan(0.1)
  })

  it('changes nothing where the hint agrees', () => {
    const map = new Int8Array(WIDTH * HEIGHT)
    paintStroke(map, twoDiscs, { points: [[90, 120]], radiusPx: 10 }, 1)
    const alpha = coarse(left)
    expect(spreadHints(alpha, twoDiscs, map).data).toEqual(alpha.data)
  })
})
