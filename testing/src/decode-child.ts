// A program for tests: decodes hostile or large images in a process of its own and prints what came of them as JSON.
// `mutate`: small drawn images of every format, cut and bit-flipped, from a fixed seed. `again`: one image many times.
// `photos FILE...`: those files.

import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { isKoutuError, OUTPUT_FORMATS, type Picture } from '@koutu/core'
import { createSharpCodec } from '@koutu/node'
import sharp from 'sharp'
import { drawCutout, drawGradient } from './drawn.ts'

const LIMITS = { maxBytes: 100 * 2 ** 20, maxPixels: 100e6, maxFrames: 1000 }
const MUTATIONS = 40

const codec = createSharpCodec()

function decode(bytes: Uint8Array): Promise<Picture> {
  return codec.decode(bytes, { keepIcc: false, keepMetadata: true, limits: LIMITS }, {})
}

/** Park and Miller's generator: the same numbers in every run. */
function generator(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 48271) % 2147483647
    return state % below
  }
}

async function samples(): Promise<Uint8Array[]> {
  const files: Uint8Array[] = []
  for (const format of OUTPUT_FORMATS) {
    const raster = format === 'jpeg' ? drawGradient(48, 32, 8) : drawCutout(48, 32, 16)
    files.push(
      await codec.encode(raster, { format, lossyQuality: 80, icc: null, metadata: { exif: null, xmp: null } }, {}),
    )
  }
  const { data, width, height } = drawCutout(48, 32, 8)
  const drawn = sharp(data, { raw: { width, height, channels: 4 } })
  files.push(await drawn.clone().gif().toBuffer())
  files.push(
    await drawn
      .clone()
      .flatten()
      .jpeg({ progressive: true })
      .withExifMerge({ IFD0: { Make: 'koutu' } })
      .toBuffer(),
  )
  files.push(await drawn.clone().tiff({ tile: true, compression: 'lzw' }).toBuffer())
  files.push(await drawn.clone().tiff({ compression: 'jpeg' }).toBuffer())
  files.push(await drawn.clone().webp({ lossless: true }).toBuffer())
  files.push(await drawn.clone().png({ palette: true }).withIccProfile('p3').toBuffer())
  return files
}

async function mutate(report: (outcome: string) => void): Promise<void> {
  const random = generator(20_240_601)
  for (const sample of await samples()) {
    for (let round = 0; round < MUTATIONS; round++) {
      const bytes = sample.slice(0, round % 4 === 0 ? 1 + random(sample.length) : undefined)
      // The signature is left alone: what has none is refused before any decoder. Every second one is hurt in its first bytes, where sizes and offsets lie.
      const reach = round % 2 === 0 ? bytes.length : Math.min(bytes.length, 200)
      for (let flip = 0; flip <= round % 5; flip++) bytes[Math.min(reach - 1, 12 + random(reach))]! ^= 1 << random(8)
      report(await outcomeOf(decode(bytes)))
    }
  }
}

/** 3 megapixels, decoded and scaled: what is left behind each time shows after a hundred. */
async function decodeAgain(): Promise<void> {
  const { data, width, height } = drawCutout(2000, 1500, 8)
  const bytes = await sharp(data, { raw: { width, height, channels: 4 } })
    .flatten()
    .jpeg()
    .toBuffer()
  for (let round = 0; round < 100; round++) await codec.blur((await decode(bytes)).color, 30, {})
}

async function outcomeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'pixels'
  } catch (error) {
    return isKoutuError(error) ? error.code : `not coded: ${String(error)}`
  }
}

const outcomes: Record<string, number> = {}
const pictures: Record<string, unknown> = {}
const [mode, ...paths] = process.argv.slice(2)
if (mode === 'mutate') {
  await mutate((outcome) => {
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  })
} else if (mode === 'again') {
  await decodeAgain()
} else {
  for (const path of paths) {
    const { width, height, format, warnings, color, alpha } = await decode(readFileSync(path))
    pictures[basename(path)] = {
      format,
      size: `${width}x${height}`,
      bits: color.data.BYTES_PER_ELEMENT * 8,
      alpha: alpha !== null,
      warnings: warnings.map(({ code }) => code),
    }
  }
}
process.stdout.write(JSON.stringify({ outcomes, pictures, peakMb: process.resourceUsage().maxRSS / 1024 }))
