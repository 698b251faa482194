import { describe, expect, it } from 'vitest'
import { createPlane, type Plane, type Raster } from '../../pixels/raster.ts'
import { discScene, hairScene } from '../scenes.fixture.ts'
import { estimateForeground } from './estimate-foreground.ts'

function composite(front: Raster, alpha: Plane, back: readonly number[]): Raster {
  const max = front.data instanceof Uint16Array ? 257 : 1
  const data = front.data.slice()
  for (let i = 0; i < data.length; i++) {
    const a = alpha.data[Math.floor(i / 3)]!
    data[i] = Math.round(a * front.data[i]! + (1 - a) * back[i % 3]! * max)
  }
  return { ...front, data }
}

/** Sum over soft pixels of alpha times the color error. */
function colorError(shown: Raster, truth: Raster, alpha: Plane): number {
  let sum = 0
  for (let i = 0; i < shown.data.length; i++) {
    const a = alpha.data[Math.floor(i / 3)]!
    if (a > 0.02 && a < 0.98) sum += a * Math.abs(shown.data[i]! - truth.data[i]!)
  }
  return sum
}

const wide = (raster: Raster): Raster => ({ ...raster, data: Uint16Array.from(raster.data, (value) => value * 257) })

describe('estimateForeground', () => {
  for (const [name, back] of [
    ['green', [0, 255, 0]],
    ['magenta', [255, 0, 255]],
  ] as const) {
    for (const [shape, scene] of [
      ['hair', hairScene()],
      ['a disc', discScene()],
    ] as const) {
      it(`takes at least 60 % of the ${name} out of ${shape}`, () => {
        const photo = composite(scene.front, scene.alpha, back)
        const estimated = estimateForeground(photo, scene.alpha)
        expect(colorError(estimated, scene.front, scene.alpha)).toBeLessThan(
          0.4 * colorError(photo, scene.front, scene.alpha),
        )
      })
    }
  }

  it('does the same at 16 bit, within rounding', () => {
    const { front, alpha } = discScene()
    const eight = estimateForeground(composite(front, alpha, [0, 255, 0]), alpha)
    const sixteen = estimateForeground(wide(composite(front, alpha, [0, 255, 0])), alpha)
    sixteen.data.forEach((value, i) => {
      expect(Math.abs(value / 257 - eight.data[i]!)).toBeLessThanOrEqual(0.51)
    })
  })

  it('finds the constant colors of an image made of two, by brute force over the least squares', () => {
    // With one front and one back color everywhere, the exact answer is the regression of color on alpha.
    const width = 16
    const alpha = { width, height: width, data: Float32Array.from({ length: 256 }, (_, i) => (i % 16) / 15) }
    const front = { width, height: width, channels: 3, alpha: 'none', data: new Uint8Array(768).fill(200) } as Raster
    const photo = composite(front, alpha, [40, 40, 40])
    let [n, sa, saa, si, sai] = [0, 0, 0, 0, 0]
    for (let i = 0; i < 256; i++) {
      const [a, v] = [alpha.data[i]!, photo.data[i * 3]!]
      n++
      sa += a
      saa += a * a
      si += v
      sai += a * v
    }
    const slope = (n * sai - sa * si) / (n * saa - sa * sa)
    const exactFront = (si - slope * sa) / n + slope
    const estimated = estimateForeground(photo, alpha)
    // Where alpha is small the front hardly shows: a looser bound.
    for (let i = 0; i < 256; i++) {
      if (alpha.data[i]! >= 0.2) expect(Math.abs(estimated.data[i * 3]! - exactFront)).toBeLessThan(6)
    }
  })

  it('changes nothing where alpha is 0 or 1, and does not touch its input', () => {
    const { front, alpha } = discScene()
    const photo = composite(front, alpha, [255, 0, 0])
    const before = photo.data.slice()
    const estimated = estimateForeground(photo, alpha)
    expect(photo.data).toEqual(before)
    for (let i = 0; i < alpha.data.length; i++) {
      if (alpha.data[i] === 0 || alpha.data[i] === 1) expect(estimated.data[i * 3]).toBe(before[i * 3])
    }
  })

  for (const [name, scene] of [
    ['hair', hairScene],
    ['a disc', discScene],
  ] as const) {
    it(`takes as much out of ${name} where the grid is coarser than the image`, () => {
      // 1030 x 520 is eight times the cells of the grid: blocks of 4 x 4 pixels, cut at the right border.
      const { front, alpha } = scene()
      const size = alpha.width
      const [width, height] = [1030, 520]
      const [left, top] = [900, 128]
      const big = createPlane(width, height)
      const truth = { ...front, width, height, data: new Uint8Array(width * height * 3) }
      const place = (x: number, y: number) => (top + y) * width + left + x
      for (let y = 0; y < size; y++)
        for (let x = 0; x < size; x++) {
          big.data[place(x, y)] = alpha.data[y * size + x]!
          for (let c = 0; c < 3; c++) truth.data[place(x, y) * 3 + c] = front.data[(y * size + x) * 3 + c]!
        }
      const photo = composite(truth, big, [0, 255, 0])
      const before = colorError(photo, truth, big)
      expect(colorError(estimateForeground(photo, big), truth, big)).toBeLessThan(0.4 * before)
    })
  }
})
