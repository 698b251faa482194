// The copy for a look has color and transparency where the image has them, at any size.

import sharp from 'sharp'
import { expect, it } from 'vitest'
import { encodeView } from './encode-view.ts'
import { createSharpCodec } from './sharp-codec.ts'

const limits = { maxBytes: 2 ** 24, maxPixels: 2 ** 24, maxFrames: 1 }
const request = { keepIcc: false, keepMetadata: false, limits }

/** Left half red and opaque, right half clear. */
async function half(width: number, height: number) {
  const data = new Uint8Array(width * height * 4)
  for (let i = 0; i < width * height; i++) if (i % width < width / 2) data.set([255, 0, 0, 255], i * 4)
  const png = await sharp(data, { raw: { width, height, channels: 4 } })
    .png()
    .toBuffer()
  return createSharpCodec().decode(png, request, {})
}

it.each([
  [300, 200, 300, 200],
  [1000, 600, 400, 240],
])('%i x %i within 400 px', async (width, height, shownWidth, shownHeight) => {
  const view = await encodeView(await half(width, height), 400)
  const { data, info } = await sharp(view).raw().toBuffer({ resolveWithObject: true })
  expect([info.width, info.height, info.channels]).toEqual([shownWidth, shownHeight, 4])
  for (const y of [2, shownHeight - 3]) {
    const at = (x: number) => [...data.subarray((y * shownWidth + x) * 4, (y * shownWidth + x) * 4 + 4)]
    const [red, green, , alpha] = at(Math.round(shownWidth * 0.45))
    expect(red).toBeGreaterThan(230)
    expect(green).toBeLessThan(25)
    expect(alpha).toBe(255)
    expect(at(Math.round(shownWidth * 0.55))[3]).toBe(0)
  }
})

it('leaves an opaque image opaque', async () => {
  const png = await sharp({ create: { width: 9, height: 9, channels: 3, background: '#123456' } })
    .png()
    .toBuffer()
  const view = await encodeView(await createSharpCodec().decode(png, request, {}), 400)
  expect((await sharp(view).metadata()).hasAlpha).toBe(false)
})
