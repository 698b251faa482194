// Files that end early or late, in every format: all pixels or an error, whatever the last bytes are.

import { isKoutuError } from '@koutu/core'
import sharp, { type Sharp } from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import { createSharpCodec } from './sharp-codec.ts'

const [WIDTH, HEIGHT] = [200, 150]
const REQUEST = { keepIcc: false, keepMetadata: false, limits: { maxBytes: 1e7, maxPixels: 1e6, maxFrames: 100 } }
const JPEG_END = [0xff, 0xd9]

const WRITERS: Readonly<Record<string, (image: Sharp) => Sharp>> = {
  'baseline JPEG': (image) => image.jpeg(),
  'gray JPEG': (image) => image.grayscale().jpeg(),
  'progressive JPEG': (image) => image.jpeg({ progressive: true }),
  PNG: (image) => image.png(),
  'interlaced PNG': (image) => image.png({ progressive: true }),
  'lossy WebP': (image) => image.webp(),
  'lossless WebP': (image) => image.webp({ lossless: true }),
  'lossy WebP with alpha': (image) => image.ensureAlpha(0.5).webp({ quality: 95, effort: 6 }),
  AVIF: (image) => image.avif({ effort: 0 }),
  GIF: (image) => image.gif(),
  'TIFF, not compressed': (image) => image.tiff({ compression: 'none' }),
  'TIFF, LZW': (image) => image.tiff({ compression: 'lzw' }),
  'TIFF, deflate': (image) => image.tiff({ compression: 'deflate', predictor: 'none' }),
  'TIFF, deflate in tiles': (image) =>
    image.tiff({ compression: 'deflate', tile: true, tileWidth: 64, tileHeight: 64 }),
}

const files = new Map<string, Uint8Array>()
/** Noise and ramps: every part of the file matters. */
beforeAll(async () => {
  const data = new Uint8Array(WIDTH * HEIGHT * 3)
  for (let i = 0, state = 1; i < data.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    data[i] = ((Math.floor(i / 3) % WIDTH) + Math.floor(i / 3 / WIDTH)) / 3 + ((state >>> 20) % 100)
  }
  for (const [name, write] of Object.entries(WRITERS)) {
    const image = sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
    files.set(name, new Uint8Array(await write(image).toBuffer()))
  }
})

const decode = (bytes: Uint8Array, damaged: 'error' | 'keep' = 'error') =>
  createSharpCodec().decode(bytes, { ...REQUEST, damaged }, {})

async function outcome(bytes: Uint8Array): Promise<string> {
  try {
    const { width, height } = await decode(bytes)
    return `${width} x ${height}`
  } catch (error) {
    return isKoutuError(error) ? error.code : String(error)
  }
}

function join(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts.map((part) => Uint8Array.from(part))))
}

describe.each(Object.keys(WRITERS))('%s', (name) => {
  it('is whole as it was written', async () => {
    expect((await decode(files.get(name)!)).warnings).toEqual([])
  })

  it.each([0.2, 0.5, 0.8, 0.97])('is damaged when cut at %f of its length', async (share) => {
    const file = files.get(name)!
    expect(await outcome(file.subarray(0, file.length * share))).toBe('IMAGE_CORRUPT')
  })

  it('is complete with bytes of another kind behind it', async () => {
    expect(await outcome(join(files.get(name)!, new Uint8Array(3000).fill(7)))).toBe(`${WIDTH} x ${HEIGHT}`)
  })
})

describe.each(['baseline JPEG', 'progressive JPEG'])('%s', (name) => {
  it('is complete without its end marker', async () => {
    expect(await outcome(files.get(name)!.subarray(0, -2))).toBe(`${WIDTH} x ${HEIGHT}`)
  })

  it.each([0.3, 0.6, 0.9])('is damaged when cut at %f of its length, end marker or not', async (share) => {
    const file = files.get(name)!
    const part = file.subarray(0, file.length * share)
    expect(await outcome(join(part, JPEG_END))).toBe('IMAGE_CORRUPT')
    expect(await outcome(join(part, new Uint8Array(500), JPEG_END))).toBe('IMAGE_CORRUPT')
  })

  it('is complete with stray bytes between its segments, as cameras write them', async () => {
    const file = files.get(name)!
    const scan = Buffer.from(file).indexOf(Buffer.from([0xff, 0xda]))
    expect(await outcome(join(file.subarray(0, scan), [9, 9, 9], file.subarray(scan)))).toBe(`${WIDTH} x ${HEIGHT}`)
  })
})

it('is damaged where a tile of a TIFF cannot be read', async () => {
  const file = files.get('TIFF, deflate in tiles')!.slice()
  file.fill(0x5a, file.length * 0.4, file.length * 0.4 + 50)
  expect(await outcome(file)).toBe('IMAGE_CORRUPT')
})

it('is damaged where a tile of a TIFF lies beyond its file', async () => {
  const file = Buffer.from(files.get('TIFF, deflate in tiles')!)
  // The entry of TileOffsets, of type LONG: where the list of them begins.
  const entry = file.indexOf(Uint8Array.of(0x44, 1, 4, 0))
  const list = file.readUInt32LE(entry + 8)
  file.writeUInt32LE(file.length - 9, list + 4)
  await expect(decode(file)).rejects.toMatchObject({
    code: 'IMAGE_CORRUPT',
    message: expect.stringContaining('ends before its last tile'),
  })
})

/** The ways a text is changed when it goes to another system. */
const CONVERSIONS: Readonly<Record<string, (text: string) => string>> = {
  'LF to CR LF': (text) => text.replaceAll('\n', '\r\n'),
  'bare LF to CR LF': (text) => text.replace(/\r?\n/g, '\r\n'),
  'CR to LF': (text) => text.replaceAll('\r', '\n'),
  'LF to CR': (text) => text.replaceAll('\n', '\r'),
  'no CR': (text) => text.replaceAll('\r', ''),
}

describe.each(Object.keys(WRITERS).filter((name) => !name.startsWith('TIFF')))('%s, line ends converted', (name) => {
  it.each(Object.entries(CONVERSIONS))('%s: is damaged', async (_, convert) => {
    const file = Buffer.from(files.get(name)!)
    expect(await outcome(Buffer.from(convert(file.toString('latin1')), 'latin1'))).toBe('IMAGE_CORRUPT')
  })
})

/** What disks and transfers do to a part of a file. */
const HARMS: Readonly<Record<string, (file: Uint8Array, at: number) => Uint8Array>> = {
  lost: (file, at) => join(file.subarray(0, at), file.subarray(at + 512)),
  doubled: (file, at) => join(file.subarray(0, at + 512), file.subarray(at)),
  zeros: (file, at) => join(file.subarray(0, at), new Uint8Array(512), file.subarray(at + 512)),
}

// Not of those whose data say nothing of their pixels: TIFFs that are not compressed. Codes of progressive JPEGs are not walked, as
// libjpeg tells of most damage. A damaged lossless WebP may end where it should.
describe.each([
  'baseline JPEG',
  'gray JPEG',
  'PNG',
  'interlaced PNG',
  'lossy WebP',
  'lossy WebP with alpha',
  'AVIF',
  'GIF',
  'TIFF, LZW',
  'TIFF, deflate',
  'TIFF, deflate in tiles',
])('%s with a part that was', (name) => {
  it.each(Object.entries(HARMS))('%s is never taken for whole', async (_, harm) => {
    const file = files.get(name)!
    for (let part = 2; part < 10; part++) {
      const told = await decode(harm(file, Math.floor((file.length * part) / 10))).then(
        ({ warnings }) => warnings.map(({ code }) => code),
        (error: unknown) => [isKoutuError(error) && error.code],
      )
      expect([part, told]).toEqual([part, [expect.stringMatching(/^(IMAGE_CORRUPT|damaged)$/)]])
    }
  })
})

describe('a progressive JPEG that ends between two scans', () => {
  /** Cut before each start of scan but the first. */
  const cuts = (file: Uint8Array) => {
    const parts: Uint8Array[] = []
    for (let at = 0; ; ) {
      at = Buffer.from(file).indexOf(Buffer.from([0xff, 0xda]), at + 2)
      if (at < 0) return parts.slice(1)
      parts.push(file.subarray(0, at))
    }
  }

  it('is damaged, or kept with a warning', async () => {
    const all = cuts(files.get('progressive JPEG')!)
    expect(all.length).toBeGreaterThan(3)
    for (const part of all) expect(await outcome(part)).toBe('IMAGE_CORRUPT')
    const { width, warnings } = await decode(all.at(-1)!, 'keep')
    expect([width, warnings.map(({ code }) => code)]).toEqual([WIDTH, ['damaged']])
  })

  it('is what its encoder meant where it says that it ends', async () => {
    expect(await outcome(join(cuts(files.get('progressive JPEG')!).at(-1)!, JPEG_END))).toBe(`${WIDTH} x ${HEIGHT}`)
  })
})

describe('damage that is kept', () => {
  it.each(['baseline JPEG', 'PNG', 'GIF'])('%s: what is missing is transparent, the rest as it was', async (name) => {
    const file = files.get(name)!
    const [whole, part] = [await decode(file), await decode(file.subarray(0, file.length * 0.6), 'keep')]
    expect(part.warnings.map(({ code }) => code)).toEqual(['damaged'])
    const alphas = part.alpha!.data
    const missing = alphas.reduce((sum, value) => sum + (value === 0 ? 1 : 0), 0) / alphas.length
    expect(missing).toBeGreaterThan(0.3)
    // libspng gives up a few rows that it has read in part.
    expect(missing).toBeLessThan(0.55)
    // Next to the gap, decoders smooth color over it.
    for (let y = 0; y < HEIGHT * 0.4; y++)
      for (let i = y * WIDTH * 3; i < (y + 1) * WIDTH * 3; i++)
        if (part.color.data[i] !== whole.color.data[i] || alphas[Math.floor(i / 3)] !== 1)
          expect.fail(`differs at ${i}`)
    expect(alphas.at(-1)).toBe(0)
  })

  it.each(['lossy WebP', 'AVIF', 'TIFF, LZW'])('%s stays an error: its decoder gives no part', async (name) => {
    const file = files.get(name)!
    await expect(decode(file.subarray(0, file.length * 0.6), 'keep')).rejects.toMatchObject({ code: 'IMAGE_CORRUPT' })
  })

  it.each(Object.keys(WRITERS))('%s: a whole file is decoded as ever', async (name) => {
    const file = files.get(name)!
    expect(await decode(file, 'keep')).toEqual(await decode(file))
  })
})

it('takes a PNG without IEND', async () => {
  expect(await outcome(files.get('PNG')!.subarray(0, -12))).toBe(`${WIDTH} x ${HEIGHT}`)
})

it.each([1, 2])('takes a GIF without its last %i bytes, which hold no pixels', async (count) => {
  expect(await outcome(files.get('GIF')!.subarray(0, -count))).toBe(`${WIDTH} x ${HEIGHT}`)
})

it('takes a WebP that ends within the metadata behind its pixels', async () => {
  const data = new Uint8Array(WIDTH * HEIGHT * 3).fill(90)
  const image = sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
  const file = new Uint8Array(
    await image
      .withExif({ IFD0: { Copyright: 'x'.repeat(500) } })
      .webp()
      .toBuffer(),
  )
  expect(await outcome(file.subarray(0, -100))).toBe(`${WIDTH} x ${HEIGHT}`)
})
