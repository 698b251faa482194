import { describe, expect, it } from 'vitest'
import { createPlane, type Plane, type Raster } from '../../pixels/raster.ts'
import { random } from '../scenes.fixture.ts'
import { buildLocalModels, type LocalModels } from './local-models.ts'
import { openUpsampler, upsampleRow } from './upsampler.ts'

const RADIUS = 1
const EPSILON = 1e-3

function noise(width: number, height: number, seed: number): Raster {
  const next = random(seed)
  const data = Uint8Array.from({ length: width * height * 3 }, () => Math.floor(256 * next()))
  return { width, height, channels: 3, alpha: 'none', data }
}

/** Pixels of the window around (x, y), cut at the border. */
function windowOf({ width, height }: Plane, x: number, y: number): number[] {
  const pixels: number[] = []
  for (let v = Math.max(0, y - RADIUS); v <= Math.min(height - 1, y + RADIUS); v++)
    for (let u = Math.max(0, x - RADIUS); u <= Math.min(width - 1, x + RADIUS); u++) pixels.push(v * width + u)
  return pixels
}

/** Ridge regression of alpha on color in one window, by plain elimination: red, green, blue, constant. */
function fit(alpha: Plane, guide: Raster, pixels: readonly number[]): number[] {
  const n = pixels.length
  const color = (i: number) => [0, 1, 2].map((c) => guide.data[i * 3 + c]! / 255)
  const mean = [0, 1, 2].map((c) => pixels.reduce((sum, i) => sum + color(i)[c]!, 0) / n)
  const level = pixels.reduce((sum, i) => sum + alpha.data[i]!, 0) / n
  const rows = [0, 1, 2].map((a) => [
    ...[0, 1, 2].map(
      (b) =>
        pixels.reduce((sum, i) => sum + (color(i)[a]! - mean[a]!) * (color(i)[b]! - mean[b]!), 0) / n +
        (a === b ? EPSILON : 0),
    ),
    pixels.reduce((sum, i) => sum + (color(i)[a]! - mean[a]!) * (alpha.data[i]! - level), 0) / n,
  ])
  for (let k = 0; k < 3; k++)
    for (let i = 0; i < 3; i++) {
      if (i === k) continue
      const factor = rows[i]![k]! / rows[k]![k]!
      for (let j = 0; j < 4; j++) rows[i]![j]! -= factor * rows[k]![j]!
    }
  const slope = rows.map((row, k) => row[3]! / row[k]!)
  return [...slope, level - slope.reduce((sum, value, c) => sum + value * mean[c]!, 0)]
}

function slowUpsample(small: Plane, smallGuide: Raster, guide: Raster): Float32Array {
  const { width, height } = small
  const fits = Array.from(small.data, (_, i) =>
    fit(small, smallGuide, windowOf(small, i % width, Math.floor(i / width))),
  )
  const averaged = fits.map((_, i) => {
    const pixels = windowOf(small, i % width, Math.floor(i / width))
    return [0, 1, 2, 3].map((k) => pixels.reduce((sum, j) => sum + fits[j]![k]!, 0) / pixels.length)
  })
  return Float32Array.from({ length: guide.width * guide.height }, (_, i) => {
    const place = (at: number, size: number, cells: number) =>
      Math.min(cells - 1, Math.max(0, ((at + 0.5) * cells) / size - 0.5))
    const px = place(i % guide.width, guide.width, width)
    const py = place(Math.floor(i / guide.width), guide.height, height)
    let value = 0
    for (let v = 0; v < height; v++)
      for (let u = 0; u < width; u++) {
        const weight = Math.max(0, 1 - Math.abs(u - px)) * Math.max(0, 1 - Math.abs(v - py))
        if (weight === 0) continue
        const [r, g, b, constant] = averaged[v * width + u]! as [number, number, number, number]
        const at = i * 3
        value += weight * ((r * guide.data[at]! + g * guide.data[at + 1]! + b * guide.data[at + 2]!) / 255 + constant)
      }
    return Math.min(1, Math.max(0, value))
  })
}

interface Options {
  readonly band: Uint8Array
  readonly residue: Float32Array
  readonly exact: boolean
}

function upsample(small: Plane, models: LocalModels, smallGuide: Raster, guide: Raster, options: Options): Plane {
  const { width, height, data } = guide
  const { band, residue, exact } = options
  const up = openUpsampler(small, models, band, smallGuide, width, height, residue, exact)
  const out = createPlane(width, height)
  for (let y = 0; y < height; y++) upsampleRow(up, y, data, y * width * 3, 3, out.data, y * width)
  return out
}

const even = ({ data }: Plane, residue: number) => data.map(() => residue)

describe('upsampleRow', () => {
  it('equals the fast guided filter computed window by window', () => {
    const [width, height] = [12, 9]
    const next = random(3)
    const small = createPlane(width, height)
    for (let i = 0; i < small.data.length; i++) small.data[i] = next()
    const smallGuide = noise(width, height, 5)
    const guide = noise(31, 20, 9)
    const band = new Uint8Array(width * height).fill(1)
    const models = buildLocalModels(band, smallGuide, RADIUS, EPSILON)
    const fast = upsample(small, models, smallGuide, guide, { band, residue: even(small, 0), exact: false })
    const slow = slowUpsample(small, smallGuide, guide)
    fast.data.forEach((value, i) => {
      expect(value).toBeCloseTo(slow[i]!, 4)
    })
  })

  it('interpolates outside the band, and stretches residue away', () => {
    const small = { width: 4, height: 1, data: Float32Array.of(0.03, 0.5, 0.5, 0.98) }
    const guide = noise(16, 1, 2)
    const band = new Uint8Array(4)
    const smallGuide = noise(4, 1, 1)
    const models = buildLocalModels(band, smallGuide, RADIUS, EPSILON)
    const options = { band, residue: even(small, 0.05), exact: true }
    const { data } = upsample(small, models, smallGuide, guide, options)
    expect(data[0]).toBe(0)
    expect(data[7]).toBeCloseTo(0.5, 6)
    expect(data[15]).toBe(1)
    for (let i = 1; i < 16; i++) expect(data[i]).toBeGreaterThanOrEqual(data[i - 1]!)
  })

  it('gives the small alpha itself at its own size where models are exact, and takes each pixel’s own residue', () => {
    const [width, height] = [13, 11]
    const next = random(4)
    const small = createPlane(width, height)
    for (let i = 0; i < small.data.length; i++) small.data[i] = next()
    const guide = noise(width, height, 6)
    const band = new Uint8Array(width * height).fill(1)
    const models = buildLocalModels(band, guide, RADIUS, EPSILON)
    const residue = small.data.map((_, i) => (i % 2) * 0.1)
    const { data } = upsample(small, models, guide, guide, { band, residue, exact: true })
    data.forEach((value, i) => {
      const cut = residue[i]!
      expect(value).toBeCloseTo(Math.min(1, Math.max(0, (small.data[i]! - cut) / (1 - 2 * cut))), 5)
    })
  })
})
