import { describe, expect, it } from 'vitest'
import { boxFilter } from '../pixels/box-filter.ts'
import { createPlane, type Plane, type Raster } from '../pixels/raster.ts'
import { type MatteQuality, refineAlpha } from './refine-alpha.ts'
import { discScene, hairScene, motionScene, random, type Scene } from './scenes.fixture.ts'

const QUALITIES: readonly MatteQuality[] = ['fast', 'balanced', 'best']

/** What a network would say: the truth through a blur and half an opinion. */
const blurred = (alpha: Plane, radius = 3): Plane => boxFilter(boxFilter(alpha, radius), radius)

function meanError(a: Plane, b: Plane): number {
  return a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]!), 0) / a.data.length
}

function turn<T extends Plane | Raster>(picture: T): T {
  const { width, height } = picture
  const channels = 'channels' in picture ? picture.channels : 1
  const data = picture.data.slice()
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++) {
        data[(x * height + height - 1 - y) * channels + c] = picture.data[(y * width + x) * channels + c]!
      }
  return { ...picture, width: height, height: width, data }
}

function flip<T extends Plane | Raster>(picture: T): T {
  const { width } = picture
  const channels = 'channels' in picture ? picture.channels : 1
  const data = picture.data.slice()
  for (let i = 0; i < data.length / channels; i++) {
    const x = i % width
    for (let c = 0; c < channels; c++) data[(i - x + width - 1 - x) * channels + c] = picture.data[i * channels + c]!
  }
  return { ...picture, data }
}

/** Name, scene, and the share of the blurred alpha's error that may remain at each quality. */
const scenes: readonly (readonly [string, Scene, Record<MatteQuality, number>])[] = [
  ['hair', hairScene(), { fast: 0.8, balanced: 0.8, best: 0.7 }],
  ['a disc', discScene(), { fast: 0.65, balanced: 0.5, best: 0.5 }],
  ['motion blur', motionScene(256), { fast: 1, balanced: 1, best: 1 }],
]

describe('refineAlpha', () => {
  for (const quality of QUALITIES) {
    for (const [name, { alpha, photo }, share] of scenes) {
      it(`brings ${name} closer to the truth than the blurred alpha (${quality})`, () => {
        const coarse = blurred(alpha)
        const refined = refineAlpha(coarse, photo, { quality })
        expect(meanError(refined, alpha)).toBeLessThan(share[quality] * meanError(coarse, alpha))
      })
    }

    it(`stays in [0, 1] and leaves alone what is far from the band (${quality})`, () => {
      const { alpha, photo } = discScene()
      const refined = refineAlpha(blurred(alpha), photo, { quality })
      expect(refined.data.every((value) => value >= 0 && value <= 1)).toBe(true)
      expect(refined.data[0]).toBe(0)
      expect(refined.data[64 * 128 + 64]).toBe(1)
    })

    it(`keeps constant alpha (${quality})`, () => {
      const { photo } = discScene()
      for (const value of [0, 1]) {
        const { data } = refineAlpha(createPlane(32, 32, value), photo, { quality })
        expect(data).toEqual(new Float32Array(data.length).fill(value))
      }
    })

    it(`commutes with flips and quarter turns (${quality})`, () => {
      const { alpha, photo } = hairScene()
      const coarse = blurred(alpha)
      const straight = refineAlpha(coarse, photo, { quality })
      for (const move of [turn, flip]) {
        const moved = refineAlpha(move(coarse), move(photo), { quality })
        expect(meanError(moved, move(straight))).toBeLessThan(1e-4)
      }
    })

    it(`leaves alpha alone where the image shows no contrast (${quality})`, () => {
      const { alpha, photo } = discScene()
      const coarse = blurred(alpha)
      const refined = refineAlpha(coarse, { ...photo, data: new Uint8Array(photo.data.length).fill(120) }, { quality })
      // But for the residue that is stretched away: 0.06 at a plain edge, less where alpha is soft all around.
      const cut = (value: number, residue: number) => Math.min(1, Math.max(0, (value - residue) / (1 - 2 * residue)))
      const moved = refined.data.filter((value, i) => {
        const [low, high] = [cut(coarse.data[i]!, 0.04), cut(coarse.data[i]!, 0.06)].sort((a, b) => a - b)
        return !(value > low! - 1e-5 && value < high! + 1e-5)
      })
      expect([...moved]).toEqual([])
    })
  }

  it('is no worse than the coarse alpha where subject and background hardly differ', () => {
    const { alpha, photo } = discScene()
    for (const contrast of [0, 1, 2, 4, 8]) {
      const next = random(13)
      const data = Uint8Array.from(photo.data, (_, i) =>
        Math.round(120 + contrast * alpha.data[Math.floor(i / 3)]! + 2 * (next() - 0.5)),
      )
      const coarse = blurred(alpha)
      for (const quality of QUALITIES) {
        const refined = refineAlpha(coarse, { ...photo, data }, { quality })
        expect(meanError(refined, alpha)).toBeLessThan(meanError(coarse, alpha))
      }
    }
  })

  it('decides a flat doubtful area whose color is the subject’s, and keeps one whose color is the background’s soft', () => {
    // Left half subject red, right half background blue; a doubtful bar of 0.35 over each.
    const size = 128
    const data = new Uint8Array(size * size * 3)
    const coarse = createPlane(size, size)
    for (let i = 0; i < size * size; i++) {
      const [x, y] = [i % size, Math.floor(i / size)]
      const red = x < size / 2
      data.set(red ? [180, 60, 50] : [40, 70, 150], i * 3)
      coarse.data[i] = y > 50 && y < 78 ? 0.35 : red ? 1 : 0
    }
    const refined = refineAlpha(
      coarse,
      { width: size, height: size, channels: 3, alpha: 'none', data },
      { quality: 'balanced' },
    )
    expect(refined.data[64 * size + 30]).toBeGreaterThan(0.95)
    expect(refined.data[64 * size + 98]).toBeLessThan(0.2)
  })

  it('takes coarse alpha of any size', () => {
    const { alpha, photo } = discScene()
    const refined = refineAlpha({ width: 1, height: 1, data: Float32Array.of(0.5) }, photo, { quality: 'balanced' })
    expect(refined.width).toBe(alpha.width)
    expect(refined.data.every(Number.isFinite)).toBe(true)
  })
})
