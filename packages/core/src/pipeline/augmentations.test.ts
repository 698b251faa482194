import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Plane, Raster } from '../pixels/raster.ts'
import { type Augmentation, closeUp, framed, mirrored, upsideDown } from './augmentations.ts'

function raster(width: number, height: number, value: (x: number, y: number) => number): Raster {
  const data = new Uint8Array(width * height * 3)
  for (let i = 0; i < data.length; i++) data[i] = value(Math.floor(i / 3) % width, Math.floor(i / 3 / width))
  return { width, height, channels: 3, alpha: 'none', data }
}

/** What a network that looks at single pixels would say: red as a share of 255. */
const answer = ({ width, height, data }: Raster): Plane => ({
  width,
  height,
  data: Float32Array.from({ length: width * height }, (_, i) => data[i * 3]! / 255),
})

const size = fc.integer({ min: 1, max: 40 })

describe('augmentations', () => {
  const exact: readonly (readonly [string, (picture: Raster) => Augmentation])[] = [
    ['mirrored', mirrored],
    ['upside down', upsideDown],
    ['framed', framed],
  ]
  it.each(exact)('%s: the way back undoes the way there, and the image stays as it is', (_, view) => {
    fc.assert(
      fc.property(size, size, fc.integer(), (width, height, seed) => {
        const picture = raster(width, height, (x, y) => (x * 31 + y * 17 + Math.abs(seed)) % 256)
        const before = picture.data.slice()
        const { image, back } = view(picture)
        expect(back(answer(image))).toEqual(answer(picture))
        expect(picture.data).toEqual(before)
      }),
    )
  })

  it('mirrored and upside down show what they say', () => {
    const picture = raster(3, 2, (x, y) => x + 10 * y)
    const red = ({ image: { data } }: Augmentation) => [...data].filter((_, i) => i % 3 === 0)
    expect(red(mirrored(picture))).toEqual([2, 1, 0, 12, 11, 10])
    expect(red(upsideDown(picture))).toEqual([12, 11, 10, 2, 1, 0])
  })

  it('framed puts the mean color around the image', () => {
    const { image } = framed(raster(6, 6, (x) => (x < 3 ? 100 : 200)))
    expect([image.width, image.height]).toEqual([8, 8])
    const row = (y: number) => [...image.data.subarray(y * 24, y * 24 + 24)].filter((_, i) => i % 3 === 0)
    expect(row(0)).toEqual(Array.from({ length: 8 }, () => 150))
    expect(row(3)).toEqual([150, 100, 100, 100, 200, 200, 200, 150])
  })

  it('framed finds its way back in an answer of another size', () => {
    const picture = raster(300, 200, (x) => (x < 150 ? 0 : 255))
    const { image, back } = framed(picture)
    const whole = answer(image)
    const half = { width: 200, height: 134, data: new Float32Array(200 * 134) }
    for (let i = 0; i < half.data.length; i++) {
      const x = Math.floor((((i % 200) + 0.5) * whole.width) / 200)
      const y = Math.floor(((Math.floor(i / 200) + 0.5) * whole.height) / 134)
      half.data[i] = whole.data[y * whole.width + x]!
    }
    const inside = back(half)
    expect(inside.width / inside.height).toBeCloseTo(1.5, 1)
    const middle = inside.data.subarray(inside.width * 50, inside.width * 51)
    expect(middle.findIndex((value) => value > 0.5) / inside.width).toBeCloseTo(0.5, 1)
  })

  it('close up shows the subject with some room around, and puts the answer in its place', () => {
    const picture = raster(512, 256, (x, y) => (x >= 100 && x < 200 && y >= 50 && y < 150 ? 255 : 0))
    const { image, back } = closeUp(picture, answer(picture))
    expect([image.width, image.height]).toEqual([128, 124])
    const alpha = back(answer(image))
    expect([alpha.width, alpha.height]).toEqual([256, 256])
    for (let i = 0; i < alpha.data.length; i++) {
      const x = i % 256
      const y = Math.floor(i / 256)
      // On its way the border is scaled twice, which blurs it.
      const beyond = Math.max(50 - x, x - 99, 50 - y, y - 149)
      if (Math.abs(beyond - 0.5) > 2) expect(alpha.data[i]).toBe(beyond > 0 ? 0 : 1)
    }
  })

  it('close up shows everything where nothing was seen, and one pixel where that is all', () => {
    const empty = raster(40, 30, () => 0)
    expect(closeUp(empty, answer(empty)).image).toEqual(empty)
    const one = raster(1, 1, () => 255)
    expect(closeUp(one, answer(one)).image).toEqual(one)
  })
})
