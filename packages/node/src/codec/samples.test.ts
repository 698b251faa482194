import { describe, expect, it } from 'vitest'
import { splitAlpha, stretchShifted, toEightBit } from './samples.ts'

const every = Uint16Array.from({ length: 65536 }, (_, i) => i)

describe('samples', () => {
  it('rounds every 16-bit value to the nearest of 8 bits', async () => {
    const expected = Uint8Array.from(every, (value) => Math.round((value / 65535) * 255))
    expect(Buffer.compare(await toEightBit(every, undefined), expected)).toBe(0)
  })

  it('stretches 10 bits shifted to the top so that black stays black and white is white', async () => {
    const shifted = Uint16Array.from({ length: 1024 }, (_, i) => i << 6)
    await stretchShifted(shifted, 10, undefined)
    expect([...shifted]).toEqual(Array.from({ length: 1024 }, (_, i) => Math.round((i / 1023) * 65535)))
  })

  it('parts RGBA over many slices', async () => {
    const [width, height] = [700, 500]
    const rgba = Uint8Array.from({ length: width * height * 4 }, (_, i) => (i * 7) % 251)
    const { color, alpha } = await splitAlpha(rgba, width, height, undefined)
    expect(
      Buffer.compare(
        color.data as Uint8Array,
        rgba.filter((_, i) => i % 4 !== 3),
      ),
    ).toBe(0)
    expect(alpha!.data.every((value, i) => value === Math.fround(rgba[i * 4 + 3]! / 255))).toBe(true)
  })
})
