import { describe, expect, it } from 'vitest'
import { boxFilter } from '../../pixels/box-filter.ts'
import { hairScene } from '../scenes.fixture.ts'
import { weighColors } from './color-posterior.ts'

const { alpha, photo } = hairScene()
const coarse = boxFilter(boxFilter(alpha, 3), 3)
const all = { band: new Uint8Array(alpha.data.length).fill(1), radiusPx: 3, detail: 1 }

describe('weighColors', () => {
  it('knows hair from its color better than a blurred alpha does, where it has a say', () => {
    const { target, weight } = weighColors(coarse, photo, all)
    let told = 0
    let before = 0
    let after = 0
    for (let i = 0; i < target.length; i++) {
      if (weight[i]! < 2.5) continue
      told++
      before += Math.abs(coarse.data[i]! - alpha.data[i]!)
      after += Math.abs(target[i]! - alpha.data[i]!)
    }
    expect(told).toBeGreaterThan(100)
    expect(after).toBeLessThan(0.6 * before)
  })

  it('has no say outside the band, and where the network saw more than the picture holds', () => {
    const none = new Uint8Array(alpha.data.length)
    for (const { target } of [
      weighColors(coarse, photo, { ...all, band: none }),
      weighColors(coarse, photo, { ...all, detail: 0 }),
    ]) {
      let most = 0
      for (let i = 0; i < target.length; i++) most = Math.max(most, Math.abs(target[i]! - coarse.data[i]!))
      expect(most).toBeLessThan(1e-6)
    }
  })
})
