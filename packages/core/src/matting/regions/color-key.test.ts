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
    expect(flatBackground(image, false)?.color).toEqual(paper)
  })

  it('gives the drawn alpha, what the network missed included', () => {
    const alpha = colorKey(image, flatBackground(image, false)!, found)
    expect(meanError(alpha, truth)).toBeLessThan(0.003)
    expect(meanError(found, truth)).toBeGreaterThan(0.03)
    expect(isGraphic(image, flatBackground(image, false)!, alpha, found)).toBe(true)
  })

  it('gives the ink’s color at edges', () => {
    const background = flatBackground(image, false)!
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
  const background = flatBackground(image, false)!
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
  expect(meanError(colorKey(image, flatBackground(image, false)!, box), box)).toBe(0)
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
      const { data } = colorKey(image, flatBackground(image, false)!, createPlane(4, 4, share))
      expect(data.every((alpha) => alpha >= 0 && alpha <= 1)).toBe(true)
    }),
    { numRuns: 30 },
  )
})

it('finds the background of a subject that touches the border', () => {
  const half: Shape = (x, y) => Math.hypot(x - 90, y - 30) < 14
  const image = painted(coverage(half), [30, 60, 160], [250, 250, 250])
  const background = flatBackground(image, false)!
  expect(meanError(colorKey(image, background, coverage(half)), coverage(half))).toBeLessThan(0.001)
})

it('takes a fill that is no shadow for solid, however near to the background it is', () => {
  const body = coverage((x, y) => Math.hypot(x - 45, y - 30) < 24)
  const inset = coverage((x, y) => Math.hypot(x - 45, y - 30) < 15)
  const verdict = (fill: Rgb) => {
    const image = painted(body, [250, 220, 60], [40, 130, 140])
    for (let i = 0; i < inset.data.length; i++) {
      if (inset.data[i]! > 0.5) image.data.set(fill, 3 * i)
    }
    const background = flatBackground(image, false)!
    return isGraphic(image, background, colorKey(image, background, body), body)
  }
  expect(verdict([90, 60, 150])).toBe(true)
  expect(verdict([30, 98, 105])).toBe(false)
})

describe('lossy compression', () => {
  /** A cosine within blocks of 8 px that fades with its distance from the edge: what coarse quantization leaves of a step. */
  function rippled(image: Raster, alpha: Plane, depth: number): Raster {
    const data = new Uint8Array(image.data)
    for (let i = 0; i < alpha.data.length; i++) {
      const x = i % WIDTH
      const row = i - x
      const block = x - (x % 8)
      const cut = [...alpha.data.subarray(row + block, row + Math.min(WIDTH, block + 8))]
      if (Math.min(...cut) === Math.max(...cut)) continue
      for (let c = 0; c < 3; c++) {
        data[3 * i + c] = Math.min(255, Math.max(0, data[3 * i + c]! + depth * Math.cos(((x % 8) + 0.5) * 2.2)))
      }
    }
    return { ...image, data }
  }
  const body = coverage((x, y) => Math.hypot(x - 45, y - 30) < 22)
  const image = rippled(painted(body, [30, 60, 140], [240, 240, 240]), body, 18)

  it('leaves no ripples around the subject', () => {
    const background = flatBackground(image, true)!
    const alpha = colorKey(image, background, body)
    expect(meanError(alpha, body)).toBeLessThan(0.006)
    expect(meanError(colorKey(image, flatBackground(image, false)!, body), body)).toBeGreaterThan(0.012)
    expect(isGraphic(image, background, alpha, body)).toBe(true)
  })

  it('leaves thin strokes, whose colors it smears, to the network', () => {
    const strokes = coverage((x, y) => Math.abs(y - 30 - 12 * Math.sin(x / 9)) < 1.2 && x > 8 && x < 82)
    const drawing = painted(strokes, [20, 20, 20], [255, 255, 255])
    const verdict = (isLossy: boolean) => {
      const background = flatBackground(drawing, isLossy)!
      return isGraphic(drawing, background, colorKey(drawing, background, strokes), strokes)
    }
    expect(verdict(true)).toBe(false)
    expect(verdict(false)).toBe(true)
  })
})

describe('photos are no graphics', () => {
  const product: Shape = (x, y) => Math.hypot(x - 45, y - 25) < 18
  const body = coverage(product)
  const verdict = (image: Raster, network = body) => {
    const background = flatBackground(image, false)
    return background && isGraphic(image, background, colorKey(image, background, network), network)
  }

  it('a border of many colors has no background', () => {
    const data = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => (Math.floor(i / 3) % WIDTH) * 2)
    expect(flatBackground({ width: WIDTH, height: HEIGHT, channels: 3, alpha: 'none', data }, false)).toBeNull()
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

  it('slow shading in a lossy file, whose steps from pixel to pixel are all small', () => {
    const shaded = painted(body, [90, 110, 80], [255, 255, 255])
    for (let i = 0; i < body.data.length; i++) {
      if (body.data[i] === 1) shaded.data.fill(60 + 3 * ((i % WIDTH) - 27), 3 * i, 3 * i + 3)
    }
    const lossy = flatBackground(shaded, true)!
    expect(isGraphic(shaded, lossy, colorKey(shaded, lossy, body), body)).toBe(false)
  })

  it('a subject of the background’s color', () => {
    const shirt = coverage((x, y) => product(x, y) && x < 40)
    expect(verdict(painted(shirt, [40, 60, 90], [255, 255, 255]), body)).toBe(false)
  })
})

it('takes noise of the border for background', () => {
  const image = painted(truth, [20, 40, 110], [235, 235, 235], 4)
  const alpha = colorKey(image, flatBackground(image, false)!, found)
  expect(meanError(alpha, truth)).toBeLessThan(0.012)
})
