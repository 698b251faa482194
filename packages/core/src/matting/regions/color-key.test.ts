// Drawn graphics whose alpha is known: shapes sampled 16 x 16 times a pixel, laid over one color.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPlane, type Plane, type Raster } from '../../pixels/raster.ts'
import { colorKey, flatBackground, isGraphic, unmixColors } from './color-key.ts'

type Rgb = readonly [number, number, number]
const [WIDTH, HEIGHT] = [90, 60]
const SAMPLES = 16

type Shape = (x: number, y: number) => boolean
const ring: Shape = (x, y) => Math.abs(Math.hypot(x - 30, y - 30) - 18) < 3.3
const dot: Shape = (x, y) => Math.hypot(x - 30, y - 30) < 4.2
const line: Shape = (x, y) => Math.abs(y - 12 - 0.31 * (x - 55)) < 0.8 && x > 55 && x < 85
const letters: Shape = (x, y) => y > 40 && y < 52 && x > 56 && x < 84 && Math.floor(x / 3) % 2 === 0
const logo: Shape = (x, y) => ring(x, y) || dot(x, y) || line(x, y) || letters(x, y)

function coverage(shape: Shape): Plane {
  const alpha = createPlane(WIDTH, HEIGHT)
  for (let i = 0; i < alpha.data.length; i++) {
    let inside = 0
    for (let k = 0; k < SAMPLES * SAMPLES; k++) {
      const x = (i % WIDTH) + ((k % SAMPLES) + 0.5) / SAMPLES
      const y = Math.floor(i / WIDTH) + (Math.floor(k / SAMPLES) + 0.5) / SAMPLES
      if (shape(x, y)) inside++
    }
    alpha.data[i] = inside / SAMPLES ** 2
  }
  return alpha
}

function painted(alpha: Plane, ink: Rgb, paper: Rgb, noise = 0): Raster {
  const data = new Uint8Array(WIDTH * HEIGHT * 3)
  for (let i = 0; i < alpha.data.length; i++) {
    const grain = noise * Math.sin(i * 12.9898) * Math.sin(i * 4.1414)
    for (let c = 0; c < 3; c++) {
      data[3 * i + c] = Math.round(alpha.data[i]! * ink[c]! + (1 - alpha.data[i]!) * paper[c]! + grain)
    }
  }
  return { width: WIDTH, height: HEIGHT, channels: 3, alpha: 'none', data }
}

function meanError(a: Plane, b: Plane): number {
  return a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]!), 0) / a.data.length
}

const truth = coverage(logo)
/** A network that has found the ring and nothing else. */
const found = coverage(ring)

describe.each<[string, Rgb, Rgb]>([
  ['navy on white', [20, 40, 110], [255, 255, 255]],
  ['white on black', [255, 255, 255], [0, 0, 0]],
  ['red on cream', [210, 30, 40], [242, 233, 216]],
  ['yellow on green', [250, 220, 60], [20, 120, 70]],
])('%s', (_, ink, paper) => {
  const image = painted(truth, ink, paper)

  it('finds the background', () => {
    expect(flatBackground(image)?.color).toEqual(paper)
  })

  it('gives the drawn alpha, what the network missed included', () => {
    const alpha = colorKey(image, flatBackground(image)!, found)
    expect(meanError(alpha, truth)).toBeLessThan(0.003)
    expect(meanError(found, truth)).toBeGreaterThan(0.03)
    expect(isGraphic(image, flatBackground(image)!, alpha, found)).toBe(true)
  })

  it('gives the ink’s color at edges', () => {
    const background = flatBackground(image)!
    const alpha = colorKey(image, background, found)
    const { data } = unmixColors(image, alpha, background)
    let worst = 0
    for (let i = 0; i < alpha.data.length; i++) {
      if (alpha.data[i]! < 0.3) continue
      for (let c = 0; c < 3; c++) worst = Math.max(worst, Math.abs(data[3 * i + c]! - ink[c]!))
    }
    expect(worst).toBeLessThan(25)
  })
})

it('keeps what is enclosed where the network takes it for subject, else not', () => {
  const disc: Shape = (x, y) => Math.hypot(x - 45, y - 30) < 22
  const hole: Shape = (x, y) => Math.hypot(x - 45, y - 30) < 9
  const image = painted(
    coverage((x, y) => disc(x, y) && !hole(x, y)),
    [180, 20, 20],
    [255, 255, 255],
  )
  const middle = 30 * WIDTH + 45
  const background = flatBackground(image)!
  expect(colorKey(image, background, coverage(disc)).data[middle]).toBe(1)
  expect(
    colorKey(
      image,
      background,
      coverage((x, y) => disc(x, y) && !hole(x, y)),
    ).data[middle],
  ).toBe(0)
})

it('keeps an enclosed area of exactly the background’s color up to the thin line around it', () => {
  const white: Rgb = [255, 255, 255]
  const box = coverage((x, y) => x >= 20 && x < 70 && y >= 10 && y < 50)
  const fill = coverage((x, y) => x >= 21 && x < 69 && y >= 11 && y < 49)
  const outline = createPlane(WIDTH, HEIGHT)
  for (let i = 0; i < outline.data.length; i++) outline.data[i] = box.data[i]! - fill.data[i]!
  const image = painted(outline, [90, 90, 90], white)
  expect(meanError(colorKey(image, flatBackground(image)!, box), box)).toBe(0)
})

it('gives alpha from 0 to 1 for every drawing of a few colors', () => {
  const levels = fc.constantFrom(0, 96, 180, 240, 252, 255)
  const drawn = fc.array(levels, { minLength: WIDTH, maxLength: WIDTH })
  const scene = fc.record({ columns: drawn, rows: drawn, found: fc.double({ min: 0, max: 1, noNaN: true }) })
  fc.assert(
    fc.property(scene, ({ columns, rows, found: share }) => {
      const image = painted(createPlane(WIDTH, HEIGHT), [0, 0, 0], [255, 255, 255])
      for (let y = 1; y < HEIGHT - 1; y++) {
        for (let x = 1; x < WIDTH - 1; x++)
          image.data.fill(Math.min(columns[x]!, rows[y]!), 3 * (y * WIDTH + x), 3 * (y * WIDTH + x) + 3)
      }
      const { data } = colorKey(image, flatBackground(image)!, createPlane(4, 4, share))
      expect(data.every((alpha) => alpha >= 0 && alpha <= 1)).toBe(true)
    }),
    { numRuns: 30 },
  )
})

describe('photos are no graphics', () => {
  const product: Shape = (x, y) => Math.hypot(x - 45, y - 25) < 18
  const body = coverage(product)
  const verdict = (image: Raster, network = body) => {
    const background = flatBackground(image)
    return background && isGraphic(image, background, colorKey(image, background, network), network)
  }

  it('a border of many colors has no background', () => {
    const data = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => (Math.floor(i / 3) % WIDTH) * 2)
    expect(flatBackground({ width: WIDTH, height: HEIGHT, channels: 3, alpha: 'none', data })).toBeNull()
  })

  it('a soft shadow', () => {
    const shadow = createPlane(WIDTH, HEIGHT)
    for (let i = 0; i < shadow.data.length; i++) {
      const depth = Math.hypot(((i % WIDTH) - 45) / 2, Math.floor(i / WIDTH) - 45)
      shadow.data[i] = Math.max(body.data[i]!, 0.3 * Math.max(0, 1 - depth / 12))
    }
    expect(verdict(painted(shadow, [40, 60, 90], [255, 255, 255]))).toBe(false)
    expect(verdict(painted(body, [40, 60, 90], [255, 255, 255]))).toBe(true)
  })

  it('texture', () => {
    const image = painted(body, [90, 110, 80], [255, 255, 255])
    for (let i = 0; i < body.data.length; i++) {
      if (body.data[i] === 1) image.data.fill(60 + (Math.imul(i, 2654435761) >>> 25), 3 * i, 3 * i + 3)
    }
    expect(verdict(image)).toBe(false)
  })

  it('a subject of the background’s color', () => {
    const shirt = coverage((x, y) => product(x, y) && x < 40)
    expect(verdict(painted(shirt, [40, 60, 90], [255, 255, 255]), body)).toBe(false)
  })
})

it('takes noise of the border for background', () => {
  const image = painted(truth, [20, 40, 110], [235, 235, 235], 4)
  const alpha = colorKey(image, flatBackground(image)!, found)
  expect(meanError(alpha, truth)).toBeLessThan(0.012)
})
