// Hints on drawn images whose objects are known: how much of the wrong area one stroke repairs, and what it leaves alone.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { paintStroke } from '../../pixels/brush.ts'
import { createPlane, type Plane, type Raster } from '../../pixels/raster.ts'
import { random } from '../scenes.fixture.ts'
import { type HintMap, spreadHints } from './spread-hints.ts'

const WIDTH = 320
const HEIGHT = 240

type Point = readonly [x: number, y: number]
type Shape = (x: number, y: number) => boolean
const disc =
  (cx: number, cy: number, r: number): Shape =>
  (x, y) =>
    Math.hypot(x - cx, y - cy) < r
const bar =
  ([ax, ay]: Point, [bx, by]: Point, half: number): Shape =>
  (x, y) => {
    const [dx, dy] = [bx - ax, by - ay]
    const t = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)))
    return Math.hypot(x - ax - t * dx, y - ay - t * dy) < half
  }
const any =
  (...shapes: readonly Shape[]): Shape =>
  (x, y) =>
    shapes.some((shape) => shape(x, y))
const without =
  (shape: Shape, other: Shape): Shape =>
  (x, y) =>
    shape(x, y) && !other(x, y)
const nothing: Shape = () => false

const WALL = [70, 90, 170] as const
const ORANGE = [190, 110, 60] as const
const GREEN = [80, 160, 60] as const

/** Things on a wall, the first that holds a pixel in front, all with grain. */
function photo(...things: readonly (readonly [Shape, readonly number[]])[]): Raster {
  const next = random(7)
  const data = new Uint8Array(WIDTH * HEIGHT * 3)
  for (let i = 0; i < WIDTH * HEIGHT; i++) {
    const at = [(i % WIDTH) + 0.5, Math.floor(i / WIDTH) + 0.5] as const
    const color = things.find(([shape]) => shape(...at))?.[1] ?? WALL
    for (let c = 0; c < 3; c++) data[i * 3 + c] = color[c]! + 24 * (next() - 0.5)
  }
  return { width: WIDTH, height: HEIGHT, channels: 3, alpha: 'none', data }
}

function coarse(inside: Shape, value = 1): Plane {
  const plane = createPlane(128, 128)
  plane.data.forEach((_, i) => {
    const x = (((i % 128) + 0.5) / 128) * WIDTH
    const y = ((Math.floor(i / 128) + 0.5) / 128) * HEIGHT
    plane.data[i] = inside(x, y) ? value : 0
  })
  return plane
}

interface Mark {
  readonly points: readonly Point[]
  readonly radiusPx: number
  readonly value: 1 | -1
}

function spread(alpha: Plane, guide: Raster, ...marks: readonly Mark[]): Plane {
  const map: HintMap = new Int8Array(WIDTH * HEIGHT)
  for (const { value, ...stroke } of marks) paintStroke(map, guide, stroke, value)
  return spreadHints(alpha, guide, map)
}

/** Share of the cells of `area` where alpha and `truth` agree. */
function agreement(alpha: Plane, truth: Shape, area: Shape = () => true): number {
  let cells = 0
  let right = 0
  alpha.data.forEach((value, i) => {
    const at = [(((i % 128) + 0.5) / 128) * WIDTH, ((Math.floor(i / 128) + 0.5) / 128) * HEIGHT] as const
    if (!area(...at)) return
    cells++
    if (value >= 0.5 === truth(...at)) right++
  })
  return right / cells
}

const body = disc(110, 150, 75)
const tail = bar([180, 140], [300, 60], 16)
const fox = any(body, tail)

interface Fault {
  readonly image: Raster
  readonly found: Shape
  readonly truth: Shape
  /** Where one stroke is meant to repair all. */
  readonly wrong: Shape
  /** The middle of the wrong area, along which people paint, and half of its width. */
  readonly middle: readonly [Point, Point]
  readonly half: number
  readonly value: 1 | -1
  readonly repairs: number
}

const ear = without(bar([60, 90], [40, 50], 17), body)
const ring = without(disc(230, 120, 60), disc(230, 120, 30))
const FAULTS: Readonly<Record<string, Fault>> = {
  'a tail of the color of the body is erased': {
    image: photo([fox, ORANGE]),
    found: fox,
    truth: without(body, nothing),
    wrong: without(tail, disc(110, 150, 100)),
    middle: [
      [225, 110],
      [295, 63],
    ],
    half: 16,
    value: -1,
    repairs: 0.9,
  },
  'one of two subjects of one color is erased': {
    image: photo([any(body, disc(260, 80, 40)), ORANGE]),
    found: any(body, disc(260, 80, 40)),
    truth: body,
    wrong: disc(260, 80, 40),
    middle: [
      [245, 80],
      [275, 80],
    ],
    half: 40,
    value: -1,
    repairs: 0.95,
  },
  'a missing ear is brought in, not what has its color elsewhere': {
    image: photo([any(body, ear, disc(260, 60, 40), bar([20, 20], [300, 10], 8)), ORANGE]),
    found: body,
    truth: any(body, ear),
    wrong: ear,
    middle: [
      [50, 70],
      [42, 54],
    ],
    half: 17,
    value: 1,
    repairs: 0.8,
  },
  'wall that was found with the subject is erased': {
    image: photo([body, ORANGE]),
    found: any(body, bar([185, 150], [250, 150], 40)),
    truth: body,
    wrong: without(bar([185, 150], [250, 150], 40), body),
    middle: [
      [205, 150],
      [260, 150],
    ],
    half: 40,
    value: -1,
    repairs: 0.95,
  },
  'a missed thin part is brought in along its length': {
    image: photo([any(body, bar([180, 140], [300, 60], 4)), ORANGE]),
    found: body,
    truth: any(body, bar([180, 140], [300, 60], 4)),
    wrong: without(bar([180, 140], [300, 60], 4), body),
    middle: [
      [195, 130],
      [290, 67],
    ],
    half: 4,
    value: 1,
    repairs: 0.75,
  },
  'the hole of a handle is opened': {
    image: photo([any(body, ring), GREEN]),
    found: any(body, disc(230, 120, 60)),
    truth: any(body, ring),
    wrong: disc(230, 120, 30),
    middle: [
      [220, 120],
      [240, 125],
    ],
    half: 30,
    value: -1,
    repairs: 0.95,
  },
}

/** A stroke of the hand along the middle, about half as wide as what is wrong. */
const hand = fc.record({
  from: fc.double({ min: 0, max: 0.05, noNaN: true }),
  to: fc.double({ min: 0.95, max: 1, noNaN: true }),
  width: fc.double({ min: 0.4, max: 0.7, noNaN: true }),
})

describe.each(Object.entries(FAULTS))(
  '%s',
  (_, { image, found, truth, wrong, middle: [a, b], half, value, repairs }) => {
    const at = (t: number): Point => [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t]
    const alpha = coarse(found)
    const rest = without(() => true, wrong)

    it('by one stroke, wherever it begins and ends, and nothing else is lost', () => {
      fc.assert(
        fc.property(hand, ({ from, to, width }) => {
          const after = spread(alpha, image, { points: [at(from), at(to)], radiusPx: Math.max(2, width * half), value })
          expect(agreement(after, truth, wrong)).toBeGreaterThan(repairs)
          expect(agreement(after, truth, rest)).toBeGreaterThan(agreement(alpha, truth, rest) - 0.01)
        }),
        { numRuns: 8 },
      )
    })

    it('and an opposite dot takes back what is around it, not all', () => {
      const radiusPx = Math.max(3, half / 3)
      const dot = disc(...at(1), radiusPx)
      const after = spread(
        alpha,
        image,
        { points: [at(0), at(1)], radiusPx: Math.max(2, half / 4), value },
        { points: [at(1)], radiusPx, value: value === 1 ? -1 : 1 },
      )
      expect(agreement(after, found, dot)).toBeGreaterThan(0.9)
      expect(agreement(after, truth, disc(...at(0), Math.max(2, half / 4)))).toBeGreaterThan(0.7)
    })
  },
)

describe('spreadHints', () => {
  it('changes nothing farther away than four times the radius of the brush where the network was sure', () => {
    const place = fc.tuple(fc.integer({ min: 0, max: WIDTH }), fc.integer({ min: 0, max: HEIGHT }))
    const mark = fc.record({
      points: fc.array(place, { minLength: 1, maxLength: 3 }),
      radiusPx: fc.integer({ min: 2, max: 9 }),
      value: fc.constantFrom<1 | -1>(1, -1),
    })
    const image = photo([fox, ORANGE])
    const alpha = coarse(fox)
    fc.assert(
      fc.property(mark, (stroke) => {
        const { points, radiusPx } = stroke
        const near = any(
          ...points.map((point, k) => bar(points[k - 1] ?? point, [point[0] + 1e-3, point[1]], 4 * radiusPx + 15)),
        )
        const after = spread(alpha, image, stroke)
        after.data.forEach((value, i) => {
          const [x, y] = [(((i % 128) + 0.5) / 128) * WIDTH, ((Math.floor(i / 128) + 0.5) / 128) * HEIGHT]
          // A soft edge costs little to walk along.
          const isSure = alpha.data[i] === 0 || alpha.data[i] === 1
          if (isSure && Math.abs(value - alpha.data[i]!) > 0.5) expect(near(x, y)).toBe(true)
        })
      }),
      { numRuns: 12 },
    )
  })

  it('brings in what the network half saw, by one dot', () => {
    const thing = disc(240, 110, 55)
    const half = coarse(body)
    coarse(thing, 0.4).data.forEach((value, i) => {
      half.data[i] = Math.max(half.data[i]!, value)
    })
    const image = photo([body, ORANGE], [thing, GREEN])
    const after = spread(half, image, { points: [[240, 110]], radiusPx: 10, value: 1 })
    expect(agreement(after, any(body, thing))).toBeGreaterThan(0.98)
  })

  it('gives each of two strokes in one thing its own part', () => {
    const long = bar([60, 120], [260, 120], 15)
    const image = photo([long, ORANGE])
    const dot = (x: number, value: 1 | -1): Mark => ({ points: [[x, 120]], radiusPx: 10, value })
    const after = spread(coarse(nothing), image, dot(140, 1), dot(180, -1))
    expect(agreement(after, (x) => x < 160, bar([120, 120], [200, 120], 12))).toBeGreaterThan(0.9)
  })

  it('does not flood what colors cannot tell apart', () => {
    const image = photo([body, ORANGE])
    const alpha = coarse(body)
    const after = spread(alpha, image, { points: [[200, 30]], radiusPx: 5, value: 1 })
    expect(agreement(after, body)).toBeGreaterThan(0.95)
  })

  it('changes nothing where the hint agrees', () => {
    const alpha = coarse(body)
    const after = spread(alpha, photo([body, ORANGE]), { points: [[110, 150]], radiusPx: 10, value: 1 })
    expect(after.data).toEqual(alpha.data)
  })

  it('does nothing odd where everything is marked', () => {
    const map: HintMap = new Int8Array(WIDTH * HEIGHT).fill(1)
    const after = spreadHints(coarse(nothing), photo([body, ORANGE]), map)
    expect(Math.min(...after.data)).toBeGreaterThan(0.999)
  })
})
