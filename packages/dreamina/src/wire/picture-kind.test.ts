// First bytes of results, written by hand from the specifications.

import { encodePng } from '@koutu/testing'
import { expect, it } from 'vitest'
import { pictureKind } from './picture-kind.ts'

const data = new Uint8Array(16)

it.each([
  [1, false],
  [2, true],
  [3, false],
  [4, true],
] as const)('a PNG of %d channels can be transparent: %s', (channels, canBeTransparent) => {
  const png = encodePng({ width: 2, height: 2, channels, data })
  expect(pictureKind(png)).toEqual({ format: 'png', canBeTransparent })
})

it('finds the transparent color of a PNG without an alpha channel', () => {
  const png = encodePng({ width: 2, height: 2, channels: 3, data })
  const chunk = [0, 0, 0, 6, ...new TextEncoder().encode('tRNS'), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
  const withColor = new Uint8Array([...png.subarray(0, 33), ...chunk, ...png.subarray(33)])
  expect(pictureKind(withColor)).toEqual({ format: 'png', canBeTransparent: true })
  // The same bytes behind the pixels are no header.
  expect(pictureKind(new Uint8Array([...png, ...chunk])).canBeTransparent).toBe(false)
})

const webp = (chunk: string, ...rest: number[]) =>
  new Uint8Array([...new TextEncoder().encode(`RIFF\0\0\0\0WEBP${chunk}`), 0, 0, 0, 0, ...rest])

it.each([
  ['VP8X with the flag', webp('VP8X', 0x10), true],
  ['VP8X without', webp('VP8X', 0x0f), false],
  ['VP8L with the bit', webp('VP8L', 0x2f, 0, 0, 0, 0x10), true],
  ['VP8L without', webp('VP8L', 0x2f, 0, 0, 0, 0), false],
  ['VP8', webp('VP8 ', 0x10, 0, 0, 0, 0x10), false],
])('WebP %s: %s', (_, bytes, canBeTransparent) => {
  expect(pictureKind(bytes)).toEqual({ format: 'webp', canBeTransparent })
})

it('knows a JPEG, and knows nothing of the rest', () => {
  expect(pictureKind(new Uint8Array([0xff, 0xd8, 0xff, 0xe0])).format).toBe('jpeg')
  expect(pictureKind(new Uint8Array(0)).format).toBe('unknown')
  expect(pictureKind(new TextEncoder().encode('<html>')).format).toBe('unknown')
})

it('does not run past a PNG that lies about its chunks', () => {
  const png = encodePng({ width: 2, height: 2, channels: 3, data })
  png.set([0xff, 0xff, 0xff, 0xff], 33)
  expect(pictureKind(png)).toEqual({ format: 'png', canBeTransparent: false })
})
