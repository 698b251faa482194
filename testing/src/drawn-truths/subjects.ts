// Things that are hard to cut out, as strokes. Each takes the image's size and the thickness of its thin parts in pixels.

import type { Size } from '@koutu/core'
import type { Stroke } from './coverage.ts'
import { createRandom } from './random.ts'

interface Point {
  readonly x: number
  readonly y: number
}

type Draw = (size: Size, thicknessPx: number, random: () => number) => readonly Stroke[]

/** A polyline; the half width runs evenly from `r0` to `r1`. */
function path(points: readonly Point[], r0: number, r1 = r0, opacity = 1): Stroke[] {
  const parts = points.length - 1
  return points.slice(1).map((to, i) => {
    const from = points[i]!
    const radius = (k: number) => r0 + ((r1 - r0) * k) / parts
    return { x0: from.x, y0: from.y, r0: radius(i), x1: to.x, y1: to.y, r1: radius(i + 1), opacity }
  })
}

function disc(x: number, y: number, radius: number, opacity = 1): Stroke {
  return { x0: x, y0: y, r0: radius, x1: x, y1: y, r1: radius, opacity }
}

function along(count: number, at: (t: number) => Point): Point[] {
  return Array.from({ length: count + 1 }, (_, i) => at(i / count))
}

function ring(x: number, y: number, radius: number, half: number): Stroke[] {
  const at = (t: number) => ({
    x: x + radius * Math.cos(2 * Math.PI * t),
    y: y + radius * Math.sin(2 * Math.PI * t),
  })
  return path(along(72, at), half)
}

const wheel: Draw = ({ width, height }, thickness) => {
  const side = Math.min(width, height)
  const [x, y, radius] = [width / 2, height / 2, side * 0.4]
  const spokes = Array.from({ length: 20 }, (_, i) => {
    const angle = (i / 20) * 2 * Math.PI + 0.1
    const end = { x: x + radius * Math.cos(angle + 0.15), y: y + radius * Math.sin(angle + 0.15) }
    return path([{ x: x + side * 0.05 * Math.cos(angle), y: y + side * 0.05 * Math.sin(angle) }, end], thickness / 2)
  })
  return [...ring(x, y, radius, side * 0.025), disc(x, y, side * 0.06), ...spokes.flat()]
}

const comb: Draw = ({ width, height }, thickness) => {
  const pitch = Math.max(4 * thickness, 5)
  const [left, right, top] = [width * 0.15, width * 0.85, height * 0.3]
  const bar = path(
    [
      { x: left, y: top },
      { x: right, y: top },
    ],
    height * 0.08,
  )
  const teeth = Array.from({ length: Math.floor((right - left) / pitch) }, (_, i) => {
    const x = left + i * pitch
    return path(
      [
        { x, y: top },
        { x: x + height * 0.02, y: height * 0.8 },
      ],
      thickness / 2,
    )
  })
  return [...bar, ...teeth.flat()]
}

const cables: Draw = ({ width, height }, thickness, random) => {
  const poles = [0.2, 0.8].flatMap((u) =>
    path(
      [
        { x: width * u, y: height * 0.15 },
        { x: width * u, y: height },
      ],
      height * 0.03,
    ),
  )
  const lines = Array.from({ length: 5 }, (_, i) => {
    const sag = height * (0.05 + 0.2 * random())
    const y = height * (0.2 + 0.1 * i)
    return path(
      along(24, (t) => ({ x: width * t, y: y + sag * 4 * t * (1 - t) })),
      thickness / 2,
    )
  })
  return [...poles, ...lines.flat()]
}

const fence: Draw = ({ width, height }, thickness) => {
  const pitch = Math.min(width, height) * 0.07
  const [top, bottom] = [height * 0.2, height * 0.95]
  const posts = [0.1, 0.5, 0.9].flatMap((u) =>
    path(
      [
        { x: width * u, y: top * 0.8 },
        { x: width * u, y: bottom },
      ],
      height * 0.02,
    ),
  )
  const wires: Stroke[] = []
  for (let x = width * 0.1 - (bottom - top); x < width * 0.9; x += pitch) {
    for (const lean of [1, -1]) {
      const from = lean === 1 ? x : x + (bottom - top)
      wires.push(...clipped(from, from + lean * (bottom - top), top, bottom, width * 0.1, width * 0.9, thickness / 2))
    }
  }
  return [...posts, ...wires]
}

/** A straight wire from (x0, top) to (x1, bottom), between `left` and `right` only. */
function clipped(
  x0: number,
  x1: number,
  top: number,
  bottom: number,
  left: number,
  right: number,
  half: number,
): Stroke[] {
  const at = (x: number) => (x - x0) / (x1 - x0)
  const [from, to] = [at(left), at(right)].sort((a, b) => a - b)
  const [start, end] = [Math.max(0, from!), Math.min(1, to!)]
  if (start >= end) return []
  const point = (t: number) => ({ x: x0 + (x1 - x0) * t, y: top + (bottom - top) * t })
  return path([point(start), point(end)], half)
}

const lace: Draw = ({ width, height }, thickness) => {
  const radius = Math.max(4, Math.min(width, height) * 0.02)
  const pitch = 2 * radius + thickness
  const sheet = path(
    [
      { x: width * 0.35, y: height * 0.5 },
      { x: width * 0.65, y: height * 0.5 },
    ],
    height * 0.35,
  )
  const holes: Stroke[] = []
  for (let row = 0, y = height * 0.55; y < height * 0.78; y += pitch * 0.87, row++) {
    for (let x = width * 0.3 + (row % 2) * (pitch / 2); x < width * 0.7; x += pitch) holes.push(disc(x, y, radius, 0))
  }
  return [...sheet, ...holes]
}

const leaves: Draw = ({ width, height }, thickness, random) => {
  const side = Math.min(width, height)
  const strokes = path(
    [
      { x: width / 2, y: height },
      { x: width / 2, y: height * 0.4 },
    ],
    side * 0.02,
    thickness / 2,
  )
  for (let i = 0; i < 40; i++) {
    const angle = -Math.PI * random()
    const base = { x: width / 2, y: height * (0.4 + 0.4 * random()) }
    const point = (reach: number) => ({ x: base.x + reach * Math.cos(angle), y: base.y + reach * Math.sin(angle) })
    const reach = side * (0.1 + 0.25 * random())
    const long = side * (0.04 + 0.03 * random())
    strokes.push(...path([base, point(reach)], thickness / 2))
    strokes.push(
      ...path([point(reach), point(reach + long)], 0, long * 0.4),
      ...path([point(reach + long), point(reach + 2 * long)], long * 0.4, 0),
    )
  }
  return strokes
}

/** Letters on a grid of 2 x 4: lines from point to point. */
const LETTERS: readonly (readonly (readonly [number, number])[][])[] = [
  [
    [
      [0, 0],
      [0, 4],
    ],
    [
      [2, 0],
      [0, 2],
      [2, 4],
    ],
  ],
  [
    [
      [0.5, 0],
      [1.5, 0],
      [2, 1],
      [2, 3],
      [1.5, 4],
      [0.5, 4],
      [0, 3],
      [0, 1],
      [0.5, 0],
    ],
  ],
  [
    [
      [0, 0],
      [0, 3],
      [0.5, 4],
      [1.5, 4],
      [2, 3],
      [2, 0],
    ],
  ],
  [
    [
      [0, 0],
      [2, 0],
    ],
    [
      [1, 0],
      [1, 4],
    ],
  ],
  [
    [
      [0, 4],
      [1, 0],
      [2, 4],
    ],
    [
      [0.5, 2.5],
      [1.5, 2.5],
    ],
  ],
]

const text: Draw = ({ width, height }, thickness) => {
  const lines = [0.12, 0.3, 0.5, 0.75]
  return lines.flatMap((v, line) => {
    const unit = (height * (0.05 + 0.05 * line)) / 4
    const count = Math.floor((width * 0.8) / (unit * 3.4))
    return Array.from({ length: count }, (_, i) => LETTERS[i % LETTERS.length]!).flatMap((letter, i) =>
      letter.flatMap((points) =>
        path(
          points.map(([x, y]) => ({ x: width * 0.1 + unit * (i * 3.4 + x), y: height * v + unit * y })),
          Math.min(thickness * (1 + line / 2), unit) / 2,
        ),
      ),
    )
  })
}

/** A tapered curved strand. */
function strand(x: number, y: number, angle: number, bend: number, length: number, half: number): Stroke[] {
  const at = (t: number) => ({
    x: x + length * t * Math.cos(angle + bend * t),
    y: y + length * t * Math.sin(angle + bend * t),
  })
  return path(along(6, at), half, half * 0.3)
}

const hair: Draw = ({ width, height }, thickness, random) => {
  const side = Math.min(width, height)
  const [x, y, radius] = [width / 2, height * 0.6, side * 0.25]
  const strands = Array.from({ length: 220 }, () => {
    const angle = -Math.PI * (random() * 1.2 - 0.1)
    const from = radius * 0.95
    const start = [x + from * Math.cos(angle), y + from * Math.sin(angle)] as const
    return strand(...start, angle + random() - 0.5, random() - 0.5, side * (0.05 + 0.25 * random()), thickness / 2)
  })
  return [
    disc(x, y, radius),
    ...path(
      [
        { x, y },
        { x, y: height },
      ],
      radius * 0.5,
    ),
    ...strands.flat(),
  ]
}

const fur: Draw = ({ width, height }, thickness, random) => {
  const side = Math.min(width, height)
  const body = path(
    [
      { x: width * 0.4, y: height * 0.55 },
      { x: width * 0.6, y: height * 0.5 },
    ],
    side * 0.25,
  )
  const hairs = Array.from({ length: 1200 }, () => {
    const angle = 2 * Math.PI * random()
    const middle = random()
    const x = width * (0.4 + 0.2 * middle) + side * 0.245 * Math.cos(angle)
    const y = height * (0.55 - 0.05 * middle) + side * 0.245 * Math.sin(angle)
    return strand(x, y, angle + 0.8 * (random() - 0.3), 0.3, side * (0.02 + 0.04 * random()), thickness / 2)
  })
  return [...body, ...hairs.flat()]
}

const feather: Draw = ({ width, height }, thickness, random) => {
  const shaft = (t: number) => ({
    x: width * (0.2 + 0.6 * t),
    y: height * (0.75 - 0.5 * t - 0.1 * Math.sin(Math.PI * t)),
  })
  const side = Math.min(width, height)
  const barbs = along(150, shaft).flatMap(({ x, y }, i) =>
    [1, -1].flatMap((turn) => {
      const length = side * 0.18 * Math.sin(Math.PI * Math.min(1, 0.15 + i / 180)) * (0.9 + 0.2 * random())
      return strand(x, y, -0.7 + turn * 0.9, turn * -0.3, length, thickness / 2)
    }),
  )
  return [...path(along(20, shaft), side * 0.012, thickness / 2), ...barbs]
}

const glass: Draw = ({ width, height }, thickness) => {
  const side = Math.min(width, height)
  const [x, y, radius] = [width / 2, height * 0.4, side * 0.28]
  const bowl = [disc(x, y, radius, 0.25), ...ring(x, y, radius, thickness)]
  const stem = path(
    [
      { x, y: y + radius },
      { x, y: height * 0.9 },
    ],
    side * 0.025,
  )
  return [
    ...bowl,
    ...stem,
    ...path(
      [
        { x: x - side * 0.2, y: height * 0.9 },
        { x: x + side * 0.2, y: height * 0.9 },
      ],
      side * 0.03,
    ),
  ]
}

/** A body on legs: broad, with hard edges. */
const solid: Draw = ({ width, height }, thickness) => {
  const side = Math.min(width, height)
  const legs = [0.36, 0.45, 0.58, 0.66].flatMap((u) =>
    path(
      [
        { x: width * u, y: height * 0.5 },
        { x: width * (u + 0.03), y: height * 0.9 },
      ],
      side * 0.03 + thickness / 2,
    ),
  )
  const body = path(
    [
      { x: width * 0.38, y: height * 0.45 },
      { x: width * 0.64, y: height * 0.42 },
    ],
    side * 0.14,
  )
  return [...body, disc(width * 0.74, height * 0.3, side * 0.1), ...legs]
}

const SUBJECTS = { solid, wheel, comb, cables, fence, lace, leaves, text, hair, fur, feather, glass } as const

export type SubjectClass = keyof typeof SUBJECTS
export const SUBJECT_CLASSES = Object.keys(SUBJECTS) as readonly SubjectClass[]

export function drawSubject(kind: SubjectClass, size: Size, thicknessPx: number, seed: number): readonly Stroke[] {
  return SUBJECTS[kind](size, thicknessPx, createRandom(seed))
}
