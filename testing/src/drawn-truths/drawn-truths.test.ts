// Drawn truths against laws that any exact alpha obeys. What mattes make of them is the business of other tests.

import { createPlane, type Plane } from '@koutu/core'
import { describe, expect, it } from 'vitest'
import { coverageOf } from './coverage.ts'
import { BACKGROUNDS, CAMERAS, drawTruth } from './drawn-truth.ts'
import { networkAnswer } from './network-answer.ts'
import { SUBJECT_CLASSES } from './subjects.ts'

const SIZE = { width: 120, height: 90 }
const max = ({ data }: Plane) => data.reduce((most, value) => Math.max(most, value), 0)
const min = ({ data }: Plane) => data.reduce((least, value) => Math.min(least, value), 1)
const sum = ({ data }: Plane) => data.reduce((total, value) => total + value, 0)

describe('coverageOf', () => {
  it('covers the area of a capsule, at any angle and across strips', () => {
    for (const angle of [0, 0.4, Math.PI / 2, 2.2]) {
      const [length, radius] = [60, 2.3]
      const [x0, y0] = [60 - (length / 2) * Math.cos(angle), 45 - (length / 2) * Math.sin(angle)]
      const end = { x1: x0 + length * Math.cos(angle), y1: y0 + length * Math.sin(angle) }
      const plane = coverageOf([{ x0, y0, r0: radius, ...end, r1: radius, opacity: 1 }], SIZE)
      const area = 2 * radius * length + Math.PI * radius ** 2
      // Each side is off by half a sample at most: a twelfth of a pixel.
      expect(Math.abs(sum(plane) / area - 1), `at ${angle}`).toBeLessThan(1 / 12 / radius)
    }
  })

  it('keeps the area of a line thinner than a pixel', () => {
    const plane = coverageOf([{ x0: 10, y0: 20.4, r0: 0.35, x1: 110, y1: 33.1, r1: 0.35, opacity: 1 }], SIZE)
    expect(Math.abs(sum(plane) / (0.7 * Math.hypot(100, 12.7)) - 1)).toBeLessThan(0.02)
    expect(max(plane)).toBeLessThan(0.8)
  })

  it('paints over what lies below: glass is a share, a hole is nothing', () => {
    const disc = (r: number, opacity: number) => ({ x0: 60, y0: 45, r0: r, x1: 60, y1: 45, r1: r, opacity })
    const { data } = coverageOf([disc(30, 1), disc(20, 0.25), disc(10, 0)], SIZE)
    const at = (x: number) => data[45 * SIZE.width + x]
    expect([at(60), at(85), at(95)]).toEqual([0, 1, 0])
    expect(at(75)).toBeCloseTo(0.25, 2)
  })
})

describe('drawTruth', () => {
  for (const subject of SUBJECT_CLASSES) {
    it(`draws ${subject}: subject and background, more of it where it is thicker, the same each time`, () => {
      const draw = (thicknessPx: number) =>
        drawTruth({ ...SIZE, subject, thicknessPx, background: 'plain', camera: 'sharp', seed: 3 })
      const { image, alpha } = draw(1)
      const share = sum(alpha) / alpha.data.length
      expect(share).toBeGreaterThan(0.02)
      expect(share).toBeLessThan(0.7)
      expect(min(alpha)).toBe(0)
      expect(max(alpha)).toBeLessThanOrEqual(1)
      expect(sum(draw(2).alpha)).toBeGreaterThan(share * alpha.data.length)
      expect(Buffer.from(draw(1).image.data).equals(Buffer.from(image.data))).toBe(true)
    })
  }

  it('composes: alpha 0 is the background, whatever the subject; each background and camera differs', () => {
    const images = BACKGROUNDS.flatMap((background) =>
      CAMERAS.map((camera) => drawTruth({ ...SIZE, subject: 'wheel', thicknessPx: 2, background, camera, seed: 1 })),
    )
    expect(new Set(images.map(({ image }) => Buffer.from(image.data).toString('base64'))).size).toBe(images.length)
    const comb = drawTruth({ ...SIZE, subject: 'comb', thicknessPx: 2, background: 'noisy', camera: 'sharp', seed: 1 })
    const wheel = images[BACKGROUNDS.indexOf('noisy') * CAMERAS.length]!
    let compared = 0
    for (let i = 0; i < SIZE.width * SIZE.height; i++) {
      if (comb.alpha.data[i]! + wheel.alpha.data[i]! > 0) continue
      compared++
      expect(comb.image.data[i * 3]).toBe(wheel.image.data[i * 3])
    }
    expect(compared).toBeGreaterThan(1000)
  })
})

describe('networkAnswer', () => {
  it('has edges of the slope asked for, where the truth has them', () => {
    const half = createPlane(1024, 64)
    for (let i = 0; i < half.data.length; i++) half.data[i] = i % 1024 < 512 ? 1 : 0
    const { width, data } = networkAnswer(half, { blurPx: 4, doubt: 0, seed: 1 })
    expect([width, data[512 * width + 100], data[512 * width + 900]]).toEqual([1024, 1, 0])
    const slope = data[512 * width + 511]! - data[512 * width + 512]!
    // Of a Gaussian step.
    expect(slope).toBeCloseTo(1 / (4 * Math.sqrt(2 * Math.PI)), 2)
  })

  it('draws a thin line stronger and thicker than it is, unless it is lost in the blur', () => {
    const line = createPlane(1024, 64)
    for (let i = 500; i < line.data.length; i += 1024) line.data[i] = 1
    const peak = (blurPx: number) => max(networkAnswer(line, { blurPx, doubt: 0, seed: 1 }))
    expect(peak(1.6)).toBeGreaterThan(0.5)
    expect(peak(8)).toBeLessThan(0.2)
    const wide = networkAnswer(line, { blurPx: 1.6, doubt: 0, seed: 1 }).data.subarray(1024 * 512, 1024 * 513)
    expect(wide.filter((value) => value > 0.2).length).toBeGreaterThanOrEqual(3)
  })

  it('doubts in places, and never more than it is told to', () => {
    const all = networkAnswer(createPlane(64, 64, 1), { blurPx: 1, doubt: 0.3, seed: 4 })
    expect(min(all)).toBeLessThan(0.9)
    expect(min(all)).toBeGreaterThanOrEqual(0.69)
    expect(max(all)).toBe(1)
  })
})
