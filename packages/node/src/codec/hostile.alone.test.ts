// Damaged files of every format, decoded in a child process, so that a crash of native code fails one test and not the run.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { convertToSrgb, readMatrixProfile } from '@koutu/core'
import { runNode } from '@koutu/testing'
import { describe, expect, it } from 'vitest'
import { createSharpCodec } from './sharp-codec.ts'

interface Outcome {
  readonly outcomes: Readonly<Record<string, number>>
  readonly peakMb: number
  readonly pictures: Readonly<Record<string, unknown>>
}

const DATA = process.env.KOUTU_DATA ?? fileURLToPath(new URL('../../../../../shared/data', import.meta.url))

async function runChild(args: readonly string[], timeoutMs: number): Promise<Outcome> {
  const script = fileURLToPath(new URL('../../../../testing/src/decode-child.ts', import.meta.url))
  const { code, signal, stdout, stderr } = await runNode([script, ...args], { timeoutMs })
  if (code !== 0) throw new Error(`the decoding process ended with ${code ?? signal}: ${stderr.slice(-2000)}`)
  return JSON.parse(stdout.toString()) as Outcome
}

describe('the sharp codec on hostile files', () => {
  it('answers truncated and bit-flipped files of every format with pixels or a coded error', async () => {
    const { outcomes, peakMb } = await runChild(['mutate'], 50_000)
    const known = ['pixels', 'IMAGE_CORRUPT', 'IMAGE_UNSUPPORTED', 'IMAGE_TOO_LARGE', 'IMAGE_TOO_MANY_FRAMES']
    expect(Object.keys(outcomes).filter((key) => !known.includes(key))).toEqual([])
    expect(outcomes.pixels).toBeGreaterThan(0)
    expect(outcomes.IMAGE_CORRUPT).toBeGreaterThan(0)
    expect(peakMb).toBeLessThan(2048)
  })
})

const eight = (format: string, size: string, more = {}) => ({
  format,
  size,
  bits: 8,
  alpha: false,
  warnings: [],
  ...more,
})
/** What each image is by the README of the data, sizes upright. */
const PHOTOS = {
  'anim-crash.gif': eight('gif', '800x533'),
  'anim-squares.webp': eight('webp', '80x80', { alpha: true, warnings: ['first-frame-only'] }),
  'avif-10bit-fox.avif': eight('avif', '1204x800', { bits: 16 }),
  'beer-16bit.png': eight('png', '900x900', { bits: 16 }),
  'boot-palette.png': eight('png', '1024x1024'),
  'cmyk-park.jpg': eight('jpeg', '500x333'),
  'dog-grey.jpg': eight('jpeg', '1093x1093'),
  'exif8-person.jpg': eight('jpeg', '1200x1800'),
  'hato-6mp.jpg': eight('jpeg', '3082x2048'),
  'heic-garden.heic': eight('heic', '1280x854'),
  'phone-12mp-exif6.jpg': eight('jpeg', '3024x4032'),
  'png-named-jpg.jpg': eight('png', '987x1481'),
  'sneaker-2048.jpg': eight('jpeg', '2048x2048'),
  'sunglasses-p3.jpg': eight('jpeg', '1440x1440'),
  'ultrahdr-gainmap.jpg': eight('jpeg', '3840x2160', { warnings: ['gain-map-ignored'] }),
}

// Skipped where the evaluation images are not on the machine: they are not part of the project.
describe.skipIf(!existsSync(join(DATA, 'nogt')))('the sharp codec on real files', () => {
  it('decodes all of them, upright, in under 2 GB', async () => {
    const paths = Object.keys(PHOTOS).map((name) => join(DATA, 'nogt', name))
    const { pictures, peakMb } = await runChild(['photos', ...paths], 55_000)
    expect(pictures).toEqual(PHOTOS)
    expect(peakMb).toBeLessThan(2048)
  })

  it('converts the Display P3 photo as its profile defines it', async () => {
    const file = readFileSync(join(DATA, 'nogt', 'sunglasses-p3.jpg'))
    const limits = { maxBytes: 1e9, maxPixels: 1e8, maxFrames: 1 }
    const { color, srgb, icc } = await createSharpCodec().decode(
      file,
      { keepIcc: true, keepMetadata: false, limits },
      {},
    )
    const samples = Uint16Array.from(color.data, (value) => value * 257)
    const given = samples.slice()
    convertToSrgb(samples, 3, readMatrixProfile(icc!)!, 0, samples.length / 3)
    // Most of the photo is gray, which no RGB space changes: only samples that must move tell.
    const errors: number[] = []
    for (let i = 0; i < samples.length; i++) {
      if (Math.abs(samples[i]! - given[i]!) > 5 * 257) errors.push(Math.abs(samples[i]! / 257 - srgb.data[i]!))
    }
    expect(errors.length).toBeGreaterThan(10_000)
    expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeLessThan(1)
  })

  it('says how to get HEIC where its package is missing', async () => {
    const file = readFileSync(join(DATA, 'nogt', 'heic-garden.heic'))
    const limits = { maxBytes: 1e9, maxPixels: 1e8, maxFrames: 1 }
    const codec = createSharpCodec({ packages: { heic: 'not-installed-heic' } })
    await expect(codec.decode(file, { keepIcc: false, keepMetadata: false, limits }, {})).rejects.toMatchObject({
      code: 'CODEC_MISSING',
      message: expect.stringContaining('npm install not-installed-heic'),
    })
  })
})
