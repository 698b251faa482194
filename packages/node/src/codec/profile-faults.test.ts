// Profiles that cannot be applied: the pixels stay as they are, and a warning says so.

import { deflateSync } from 'node:zlib'
import type { Picture } from '@koutu/core'
import { drawGradient, withPngChunk } from '@koutu/testing'
import sharp from 'sharp'
import { expect, it } from 'vitest'
import { buildProfile } from './icc-build.ts'
import { createSharpCodec } from './sharp-codec.ts'

const SOURCE = drawGradient(24, 20, 8)
const { width, height } = SOURCE
const WIDE = buildProfile(
  [
    [0.708, 0.292],
    [0.17, 0.797],
    [0.131, 0.046],
    [0.3127, 0.329],
  ],
  { gamma: 2.2 },
)

function ofSpace(space: string): Uint8Array {
  const profile = WIDE.slice()
  profile.set(Buffer.from(space, 'latin1'), 16)
  return profile
}

/** In an APP2 segment (ICC.1:2022, annex B.4). */
function inJpeg(file: Uint8Array, profile: Uint8Array): Uint8Array {
  const head = Buffer.from('\xff\xe2\0\0ICC_PROFILE\0\x01\x01', 'latin1')
  head.writeUInt16BE(profile.length + 16, 2)
  return Buffer.concat([file.subarray(0, 2), head, profile, file.subarray(2)])
}

function inPng(file: Uint8Array, profile: Uint8Array): Uint8Array {
  return withPngChunk(file, 'iCCP', Buffer.concat([Buffer.from('x\0\0', 'latin1'), deflateSync(profile)]))
}

function decode(bytes: Uint8Array): Promise<Picture> {
  const request = { keepIcc: false, keepMetadata: false, limits: { maxBytes: 1e6, maxPixels: 1e5, maxFrames: 10 } }
  return createSharpCodec().decode(bytes, request, {})
}

const drawn = () => sharp(SOURCE.data, { raw: { width, height, channels: 3 } })
const jpeg = async () => new Uint8Array(await drawn().jpeg({ quality: 100 }).toBuffer())
const grayJpeg = async () => new Uint8Array(await drawn().toColourspace('b-w').jpeg({ quality: 100 }).toBuffer())
const png = async () => new Uint8Array(await drawn().png().toBuffer())

it.each([
  ['a JPEG with half a profile', jpeg, inJpeg, WIDE.subarray(0, 200), 'damaged'],
  ['a JPEG with a profile for gray', jpeg, inJpeg, ofSpace('GRAY'), 'for GRAY but the image is RGB'],
  ['a JPEG with a profile for CMYK', jpeg, inJpeg, ofSpace('CMYK'), 'for CMYK but the image is RGB'],
  ['a gray JPEG with a profile for RGB', grayJpeg, inJpeg, WIDE, 'for RGB but the image is GRAY'],
  ['a PNG with half a profile', png, inPng, WIDE.subarray(0, 200), 'damaged'],
  ['a PNG with a profile for gray', png, inPng, ofSpace('GRAY'), 'damaged or does not fit'],
])('%s is read as sRGB, with a warning', async (_, draw, add, profile, message) => {
  const plain = await draw()
  const { srgb, warnings } = await decode(add(plain, profile))
  expect(warnings).toEqual([{ code: 'icc-ignored', message: expect.stringContaining(message) }])
  expect(srgb.data).toEqual((await decode(plain)).srgb.data)
})

it('a profile that fits is applied, without a warning', async () => {
  for (const [plain, add] of [
    [await jpeg(), inJpeg],
    [await png(), inPng],
  ] as const) {
    const { srgb, warnings } = await decode(add(plain, WIDE))
    expect(warnings).toEqual([])
    expect(srgb.data).not.toEqual((await decode(plain)).srgb.data)
  }
})
