import { describe, expect, it } from 'vitest'
import { boxFilter } from '../../pixels/box-filter.ts'
import { discScene, hairScene } from '../scenes.fixture.ts'
import { colorPosterior } from './color-posterior.ts'

const { alpha, photo } = hairScene()
const coarse = boxFilter(boxFilter(alpha, 3), 3)
const ones = new Uint8Array(alpha.data.length).fill(1)
const none = new Uint8Array(alpha.data.length)
const RADIUS_PX = 3

describe('colorPosterior', () => {
  it('knows hair from its color better than a blurred alpha does, where it is certain', () => {
    const { mean, certainty } = colorPosterior(coarse, photo, ones, ones, RADIUS_PX, 1)
    let told = 0
    let before = 0
    let after = 0
    for (let i = 0; i < mean.length; i++) {
      if (certainty[i]! < 0.5) continue
      told++
      before += Math.abs(coarse.data[i]! - alpha.data[i]!)
      after += Math.abs(mean[i]! - alpha.data[i]!)
    }
    expect(told).toBeGreaterThan(100)
    expect(after).toBeLessThan(0.6 * before)
  })

  it('counts for nothing where it is not asked, and where the network saw more than the image holds', () => {
    const { certainty, weight } = colorPosterior(coarse, photo, none, none, RADIUS_PX, 1)
    expect(certainty.every((value) => value === 0)).toBe(true)
    expect(weight.every((value) => value === 0)).toBe(true)
    const small = colorPosterior(coarse, photo, ones, ones, RADIUS_PX, 0)
    expect(small.certainty.some((value) => value > 0.5)).toBe(true)
    expect(small.weight.every((value) => value === 0)).toBe(true)
  })

  it('is asked at plain edges only where alpha is steep', () => {
    const disc = discScene()
    const edge = boxFilter(disc.alpha, 2)
    const certain = (steep: Uint8Array) =>
      colorPosterior(edge, disc.photo, ones, steep, RADIUS_PX, 1).certainty.filter((value) => value > 0).length
    expect(certain(ones)).toBeGreaterThan(1000)
    expect(certain(none)).toBeLessThan(certain(ones) / 2)
  })
})
