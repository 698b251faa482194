import { describe, expect, it } from 'vitest'
import { createPlane, type Plane, type Raster } from '../pixels/raster.ts'
import { castShadow, type Shadow } from './cast-shadow.ts'
import { overColor } from './composite.ts'
import { subjectBox } from './crop.ts'
import { dropShadow } from './drop-shadow.ts'
import { photoShadow } from './photo-shadow.ts'

const WIDTH = 400
const HEIGHT = 300

function plane(value: (x: number, y: number) => number): Plane {
  const out = createPlane(WIDTH, HEIGHT)
  for (let i = 0; i < out.data.length; i++) out.data[i] = value((i % WIDTH) + 0.5, Math.floor(i / WIDTH) + 0.5)
  return out
}

function raster(color: (x: number, y: number, i: number) => readonly number[]): Raster {
  const data = new Uint8Array(WIDTH * HEIGHT * 3)
  for (let i = 0; i < WIDTH * HEIGHT; i++)
    color((i % WIDTH) + 0.5, Math.floor(i / WIDTH) + 0.5, i).forEach((value, c) => {
      data[i * 3 + c] = Math.round(value)
    })
  return { width: WIDTH, height: HEIGHT, channels: 3, alpha: 'none', data }
}

/** A ball of radius 50 on a lit table. */
const ball = plane((x, y) => Math.min(1, Math.max(0, 50 - Math.hypot(x - 200, y - 130))))
const table = (x: number, y: number) => [200 - 0.1 * x, 180 - 0.05 * y, 150 - 0.1 * x]

/** The darkness at a pixel of the image. */
function at(shadow: Plane, x: number, y: number): number {
  const u = Math.floor((x / WIDTH) * shadow.width)
  const v = Math.floor((y / HEIGHT) * shadow.height)
  return shadow.data[v * shadow.width + u]!
}

/** A drop shadow's darkness at a point of its image. */
function under({ darkness, frame }: Shadow, x: number, y: number): number {
  const u = Math.floor(((x - frame.left) / frame.width) * darkness.width)
  const v = Math.floor(((y - frame.top) / frame.height) * darkness.height)
  return darkness.data[v * darkness.width + u]!
}

/** NaN where one of them is. */
const largest = (values: Float32Array): number => values.reduce((most, value) => Math.max(most, value), -Infinity)

describe('dropShadow', () => {
  const shadow = dropShadow(ball, subjectBox(ball, 0.05)!, 0.5)

  it('lies at the foot of the subject, softly, darkest at the contact and never beyond its opacity', () => {
    expect(under(shadow, 200, 181)).toBeGreaterThan(0.2)
    expect(under(shadow, 200, 181)).toBeGreaterThan(under(shadow, 225, 181))
    expect(under(shadow, 200, 60)).toBe(0)
    expect(under(shadow, 20, 180)).toBe(0)
    const { data, width } = shadow.darkness
    expect(data.every((value) => value <= 0.5)).toBe(true)
    // Soft: no step of more than a twentieth between neighbors.
    const steps = data.map((value, i) => (i % width > 0 ? Math.abs(value - data[i - 1]!) : 0))
    expect(largest(steps)).toBeLessThan(0.05)
  })

  it('is as symmetric as the subject', () => {
    for (let x = 130; x < 200; x += 7) expect(under(shadow, x + 0.5, 182)).toBeCloseTo(under(shadow, 399.5 - x, 182), 5)
  })

  it('grows with its opacity and with the image', () => {
    const twice = dropShadow(ball, subjectBox(ball, 0.05)!, 1)
    expect(under(twice, 200, 181)).toBeCloseTo(2 * under(shadow, 200, 181), 5)
    const large: Plane = { width: 1600, height: 1200, data: new Float32Array(1600 * 1200) }
    for (let i = 0; i < large.data.length; i++)
      large.data[i] = ball.data[Math.floor(i / 1600 / 4) * WIDTH + Math.floor((i % 1600) / 4)]!
    const scaled = dropShadow(large, subjectBox(large, 0.05)!, 0.5)
    expect(under(scaled, 800, 736)).toBeCloseTo(under(shadow, 200, 184), 1)
  })

  it('goes on beyond the border of the image as it would within it', () => {
    const cut: Plane = { ...ball, height: 180, data: ball.data.slice(0, WIDTH * 180) }
    const beyond = dropShadow(cut, subjectBox(cut, 0.05)!, 0.5)
    expect(beyond.frame.top + beyond.frame.height).toBeGreaterThan(195)
    for (let y = 170; y < 195; y++) expect(under(beyond, 210, y + 0.5)).toBeCloseTo(under(shadow, 210, y + 0.5), 5)
    const { data } = beyond.darkness
    // It ends within its frame.
    expect(Math.max(...data.slice(0, beyond.darkness.width), ...data.slice(-beyond.darkness.width))).toBe(0)
  })
})

describe('photoShadow', () => {
  const truth = (x: number, y: number) => 0.6 * Math.exp(-(((x - 225) / 40) ** 2) - ((y - 178) / 12) ** 2)
  const photo = (shade: (x: number, y: number) => number) =>
    raster((x, y, i) => {
      const grain = 4 * Math.sin(i * 12.9898)
      return table(x, y).map((value, c) =>
        ball.data[i]! > 0.5 ? [220, 40, 40][c]! : (value + grain) * (1 - shade(x, y)),
      )
    })
  const ground = (i: number) => ball.data[i] === 0

  it('finds the darkness of a shadow on a lit table', () => {
    const shadow = photoShadow(photo(truth), ball)
    let error = 0
    let count = 0
    for (let y = 120; y < 220; y += 3)
      for (let x = 140; x < 320; x += 3) {
        if (!ground(y * WIDTH + x)) continue
        error += Math.abs(at(shadow, x, y) - truth(x, y))
        count++
      }
    expect(error / count).toBeLessThan(0.04)
    expect(Math.abs(at(shadow, 235, 184) - truth(235, 184))).toBeLessThan(0.1)
  })

  it('finds none where there is none', () => {
    const shadow = photoShadow(
      photo(() => 0),
      ball,
    )
    expect(largest(shadow.data)).toBeLessThan(0.02)
  })

  it('leaves dark things out that do not touch the subject, and those of another color', () => {
    const apart = photoShadow(
      photo((x, y) => (Math.hypot(x - 60, y - 60) < 20 ? 0.5 : 0)),
      ball,
    )
    expect(at(apart, 60, 60)).toBe(0)
    const plain = photo(() => 0)
    const blue = { ...plain, data: plain.data.slice() }
    for (let i = 0; i < WIDTH * HEIGHT; i++)
      if (ground(i) && Math.abs((i % WIDTH) - 200) < 30 && Math.abs(i / WIDTH - 195) < 15)
        blue.data.set([30, 40, 160], i * 3)
    expect(at(photoShadow(blue, ball), 200, 195)).toBeLessThan(0.05)
  })
})

describe('castShadow', () => {
  const front: Raster = {
    width: 3,
    height: 1,
    channels: 3,
    alpha: 'none',
    data: Uint8Array.of(200, 100, 50, 200, 100, 50, 9, 9, 9),
  }
  const cover: Plane = { width: 3, height: 1, data: Float32Array.of(1, 0.5, 0) }
  const shade = (dark: number): Shadow => ({
    darkness: { width: 1, height: 1, data: Float32Array.of(dark) },
    frame: { left: 0, top: 0, width: 3, height: 1 },
  })

  it('is the subject over black of the shadow’s alpha, over any color', () => {
    const { foreground, alpha } = castShadow(front, cover, shade(0.4))
    expect([...alpha.data].map((value) => Math.round(value * 1000))).toEqual([1000, 700, 400])
    const behind = [90, 180, 240]
    const shown = overColor(foreground, alpha, { r: 90, g: 180, b: 240, a: 255 })
    for (let i = 0; i < 3; i++)
      for (let c = 0; c < 3; c++) {
        const ground = behind[c]! * (1 - 0.4)
        const a = cover.data[i]!
        expect(Math.abs(shown.data[i * 3 + c]! - (a * front.data[i * 3 + c]! + (1 - a) * ground))).toBeLessThan(1.5)
      }
  })

  it('changes nothing where there is no shadow, and never its inputs', () => {
    const none = castShadow(front, cover, shade(0))
    expect(none.foreground.data).toEqual(front.data)
    expect(none.alpha.data).toEqual(cover.data)
    const before = front.data.slice()
    castShadow(front, cover, shade(0.9))
    expect(front.data).toEqual(before)
  })

  it('falls only where its frame lies, between two of its samples as a mean of both', () => {
    const line: Plane = { width: 8, height: 1, data: new Float32Array(8) }
    const black: Raster = { width: 8, height: 1, channels: 3, alpha: 'none', data: new Uint8Array(24) }
    const darkness: Plane = { width: 2, height: 1, data: Float32Array.of(0.2, 0.6) }
    const { alpha } = castShadow(black, line, { darkness, frame: { left: 2, top: -3, width: 4, height: 9 } })
    expect([...alpha.data].map((value) => Math.round(value * 100))).toEqual([0, 0, 20, 30, 50, 60, 0, 0])
    const partly = castShadow(black, line, { darkness, frame: { left: -2, top: 0, width: 4, height: 1 } })
    expect([...partly.alpha.data].map((value) => Math.round(value * 100))).toEqual([50, 60, 0, 0, 0, 0, 0, 0])
  })
})
