// The first frame of an animation lies on an empty canvas: what it does not cover is transparent, as programs show it.

import sharp from 'sharp'
import { expect, it } from 'vitest'
import { createSharpCodec } from './sharp-codec.ts'

const LIMITS = { maxBytes: 1e6, maxPixels: 1e6, maxFrames: 10 }

const decode = (bytes: Uint8Array) =>
  createSharpCodec().decode(bytes, { keepIcc: false, keepMetadata: false, limits: LIMITS }, {})

/** Positions, from the top left, that are opaque. */
const opaque = (alpha: { readonly data: ArrayLike<number> } | null) =>
  alpha && Array.from(alpha.data).flatMap((value, i) => (value === 1 ? [i] : []))

const le = (value: number, count: number) => Array.from({ length: count }, (_, i) => (value >> (8 * i)) & 255)

/** Frames of one pixel in the second color of the table: white. */
function gif(width: number, height: number, at: readonly (readonly [number, number])[]): Uint8Array {
  const frames = at.flatMap(([x, y]) => [0x2c, ...le(x, 2), ...le(y, 2), 1, 0, 1, 0, 0, 2, 2, 0x4c, 1, 0])
  const table = [9, 9, 9, 255, 255, 255]
  return Uint8Array.from([
    ...Buffer.from('GIF89a'),
    ...le(width, 2),
    ...le(height, 2),
    0x80,
    0,
    0,
    ...table,
    ...frames,
    0x3b,
  ])
}

it.each([
  ['one frame', [[1, 1]]],
  [
    'several frames',
    [
      [1, 1],
      [0, 0],
    ],
  ],
] as const)('GIF without a transparent color, %s', async (_, at) => {
  const { width, height, color, alpha } = await decode(gif(3, 2, at))
  expect([width, height, opaque(alpha)]).toEqual([3, 2, [4]])
  expect([...color.data.subarray(12, 15)]).toEqual([255, 255, 255])
})

it('GIF whose first frame reaches beyond the canvas', async () => {
  const { width, height, alpha } = await decode(gif(1, 1, [[2, 1]]))
  expect([width, height, opaque(alpha)]).toEqual([3, 2, [5]])
})

it('GIF whose first frame fills the canvas is opaque', async () => {
  expect((await decode(gif(1, 1, [[0, 0]]))).alpha).toBeNull()
})

it('WebP without an alpha channel', async () => {
  const still = await sharp({ create: { width: 2, height: 2, channels: 3, background: 'white' } })
    .webp({ lossless: true })
    .toBuffer()
  const chunk = (name: string, body: readonly number[]) => [...Buffer.from(name), ...le(body.length, 4), ...body]
  const frame = [...le(1, 3), ...le(0, 3), ...le(1, 3), ...le(1, 3), ...le(100, 3), 0, ...still.subarray(12)]
  const body = [
    ...Buffer.from('WEBP'),
    ...chunk('VP8X', [2, 0, 0, 0, ...le(3, 3), ...le(2, 3)]),
    ...chunk('ANIM', [0, 0, 255, 255, 0, 0]),
    ...chunk('ANMF', frame),
  ]
  const { width, height, alpha } = await decode(
    Uint8Array.from([...Buffer.from('RIFF'), ...le(body.length, 4), ...body]),
  )
  expect([width, height, opaque(alpha)]).toEqual([4, 3, [2, 3, 6, 7]])
})
