// Images whose alpha is known exactly: a drawn subject, a background and a camera. Nothing here knows how a matte is made.

import type { Plane, Raster, Size } from '@koutu/core'
import { blurPlane } from './blur.ts'
import { coverageOf } from './coverage.ts'
import { createNoise, createRandom } from './random.ts'
import { drawSubject, type SubjectClass } from './subjects.ts'

export const BACKGROUNDS = ['plain', 'striped', 'noisy', 'look-alike', 'textured'] as const
export type DrawnBackground = (typeof BACKGROUNDS)[number]

export const CAMERAS = ['sharp', 'blurred', 'grainy'] as const
export type Camera = (typeof CAMERAS)[number]

export interface DrawnTruthOptions extends Size {
  readonly subject: SubjectClass
  /** Of the subject's thin parts, in pixels. */
  readonly thicknessPx: number
  readonly background: DrawnBackground
  readonly camera: Camera
  readonly seed: number
}

export interface DrawnTruth {
  /** 8-bit RGB. */
  readonly image: Raster
  readonly alpha: Plane
}

/** Standard deviations: of the blurred camera's focus, in pixels, and of the grainy one's noise, in levels. */
const BLUR_PX = 1.2
const GRAIN = 8

export function drawTruth(options: DrawnTruthOptions): DrawnTruth {
  const { subject, thicknessPx, background, camera, seed, width, height } = options
  const covered = coverageOf(drawSubject(subject, options, thicknessPx, seed), options)
  const alpha = camera === 'blurred' ? blurPlane(covered, BLUR_PX) : covered
  const front = subjectColor(seed)
  const back = backgroundColor(background, seed + 1)
  const random = createRandom(seed + 2)
  const data = new Uint8Array(width * height * 3)
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const a = alpha.data[i]!
      // What is not seen is not drawn.
      const f = a > 0 ? front(x, y) : BLACK
      const b = a < 1 ? back(x, y) : BLACK
      for (let c = 0; c < 3; c++) {
        // The sum of three even ones is close to normal; their deviation is 1/2.
        const grain = camera === 'grainy' ? GRAIN * 2 * (random() + random() + random() - 1.5) : 0
        data[i * 3 + c] = Math.min(255, Math.max(0, Math.round(a * f[c]! + (1 - a) * b[c]! + grain)))
      }
    }
  }
  return { image: { width, height, channels: 3, alpha: 'none', data }, alpha }
}

/** The same array at each call. */
type Color = (x: number, y: number) => Float64Array

const BLACK = new Float64Array(3)

function subjectColor(seed: number): Color {
  const noise = createNoise(seed, 23)
  return shaded([92, 64, 50], (x, y) => 14 * noise(x, y))
}

function backgroundColor(kind: DrawnBackground, seed: number): Color {
  const broad = createNoise(seed, 90)
  const fine = createNoise(seed + 1, 6)
  switch (kind) {
    case 'plain':
      return shaded([150, 178, 205], (x, y) => 6 * broad(x, y))
    case 'striped': {
      const [light, dark] = [Float64Array.of(205, 196, 180), Float64Array.of(120, 140, 130)]
      return (x, y) => ((x + 0.4 * y) % 24 < 12 ? light : dark)
    }
    case 'noisy':
      return shaded([140, 150, 110], (x, y) => 35 * broad(x, y) + 35 * fine(x, y))
    case 'look-alike':
      return shaded([118, 92, 66], (x, y) => 16 * broad(x, y) + 10 * fine(x, y))
    // Planks of the subject's own hue.
    case 'textured':
      return shaded([140, 108, 80], (x, y) => {
        const crack = (x + 0.1 * y) % 60 < 3 ? 70 : 0
        return 12 * broad(x, y) + 28 * fine(x, 4 * y) - crack
      })
  }
}

function shaded([r, g, b]: readonly [number, number, number], by: (x: number, y: number) => number): Color {
  const color = new Float64Array(3)
  return (x, y) => {
    const more = by(x, y)
    color[0] = r + more
    color[1] = g + more
    color[2] = b + more
    return color
  }
}
