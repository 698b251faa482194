import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { isWholeGif, isWholeJpeg, isWholePng } from './truncated.ts'

const image = () =>
  sharp(Buffer.from(Array.from({ length: 40 * 30 * 3 }, (_, i) => (i * 31) % 256)), {
    raw: { width: 40, height: 30, channels: 3 },
  })

/** The share of each file that its end takes: behind the last pixel. */
describe.each([
  ['png', isWholePng, () => image().png(), 12],
  ['jpeg', isWholeJpeg, () => image().jpeg({ quality: 90 }), 2],
  ['progressive jpeg', isWholeJpeg, () => image().jpeg({ progressive: true }), 2],
  [
    'jpeg with a thumbnail',
    isWholeJpeg,
    () =>
      image()
        .jpeg()
        .withExif({ IFD0: { Make: 'koutu' } }),
    2,
  ],
  ['gif', isWholeGif, () => image().gif(), 1],
] as const)('%s', (_, isWhole, make, end) => {
  it('is whole with and without something behind it, and not where it was cut anywhere before its end', async () => {
    const bytes = new Uint8Array(await make().toBuffer())
    expect(isWhole(bytes)).toBe(true)
    expect(isWhole(Uint8Array.from([...bytes, 1, 2, 3]))).toBe(true)
    fc.assert(
      fc.property(fc.nat(bytes.length - end - 1), (length) => {
        expect(isWhole(bytes.subarray(0, length))).toBe(false)
      }),
    )
  })
})
