// Less noise is the model that was built with less noise, and is counted only where the network has resolved what the image hardly shows.

import { describe, expect, it } from 'vitest'
import type { Raster } from '../../pixels/raster.ts'
import { trustFaintSteps } from './faint-steps.ts'
import { buildLocalModels, type LocalModels, WINDOW } from './local-models.ts'
import { Sharpness } from './sharpness.ts'

const SIZE = 32
const EPSILON = 1e-4
/** What counts as noise where colors differ by next to nothing. */
const LEAST = 1e-5

/** Columns of two grays that differ by `levels`. */
function stripes(levels: number): Raster {
  const data = Uint8Array.from({ length: SIZE * SIZE * 3 }, (_, i) => 90 + (Math.floor(i / 3) % 5 === 0 ? levels : 0))
  return { width: SIZE, height: SIZE, channels: 3, alpha: 'none', data }
}

const modelsOf = (image: Raster, epsilon: number) =>
  buildLocalModels(new Uint8Array(SIZE * SIZE).fill(1), image, 3, epsilon)

function trusted(image: Raster, rise: number, share: number): LocalModels {
  const models = modelsOf(image, EPSILON)
  const sharpness = new Sharpness(SIZE * SIZE)
  sharpness.highest.fill(rise)
  trustFaintSteps(models, sharpness, EPSILON, share)
  return models
}

/** How far two are apart at most, as a share of the largest number. */
function apart(a: LocalModels, b: LocalModels): number {
  let most = 0
  let largest = 0
  for (let i = 0; i < b.fitted.area * WINDOW; i++) {
    most = Math.max(most, Math.abs(a.window[i]! - b.window[i]!))
    largest = Math.max(largest, Math.abs(b.window[i]!))
  }
  return most / largest
}

describe('trustFaintSteps', () => {
  const faint = stripes(5)

  it('makes models of less noise where the network rises steeply and colors hardly differ', () => {
    expect(apart(modelsOf(faint, EPSILON), modelsOf(faint, LEAST))).toBeGreaterThan(0.5)
    expect(apart(trusted(faint, 1, 1), modelsOf(faint, LEAST))).toBeLessThan(1e-3)
    expect(apart(trusted(faint, 1, 0.5), modelsOf(faint, (EPSILON + LEAST) / 2))).toBeLessThan(1e-3)
  })

  it('leaves ramps, images in which it has no share, and colors that are far apart', () => {
    expect(apart(trusted(faint, 0.25, 1), modelsOf(faint, EPSILON))).toBe(0)
    expect(apart(trusted(faint, 1, 0), modelsOf(faint, EPSILON))).toBe(0)
    expect(apart(trusted(stripes(120), 1, 1), modelsOf(stripes(120), EPSILON))).toBe(0)
  })
})
