// Files that are an image and something else as well: taken, for the image in them is sound, and what comes back is
// that image and nothing else. The pipeline and the codec are the real ones; only the network is not.

import { createHash } from 'node:crypto'
import { cutout, type EncodeRequest, type Engine, FORMAT_FILES, groupOptions, type Raster } from '@koutu/core'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { drawDisc, drawGradient } from '../../../../testing/src/drawn.ts'
import { exifBytes, matrixProfile, WIDE_SPACE, withPngChunk } from '../../../../testing/src/file-parts.ts'
import { createSharpCodec } from '../../../node/src/codec/sharp-codec.ts'
import { openTestApp, REPORT, type TestApp } from '../app.fixture.ts'

/** What must not come back, each in another place. As long as the maker's name in `exifBytes`. */
const MARK = 'Q7!zK'
const SCRIPT = `<script>/*${MARK}*/</script>`

const codec = createSharpCodec()
const WIDTH = 24
const HEIGHT = 16

const engine: Engine = {
  specVersion: 1,
  id: 'drawn',
  produces: 'cutout',
  warm: async () => {},
  segment: async () => ({
    alpha: drawDisc(WIDTH, HEIGHT, 12, 8, 6),
    foreground: null,
    model: 'drawn',
    precision: 'fp32',
    timingsMs: {},
    warnings: [],
  }),
  [Symbol.asyncDispose]: async () => {},
}

const encode = (format: EncodeRequest['format'], more: Partial<EncodeRequest> = {}, raster: Raster = drawing) =>
  codec.encode(raster, { format, lossyQuality: 90, icc: null, metadata: { exif: null, xmp: null }, ...more }, {})

const drawing = drawGradient(WIDTH, HEIGHT, 8)
const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1')
const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

/** The WebP with one more chunk at its end. */
function withRiffChunk(webp: Uint8Array, name: string, body: Uint8Array): Uint8Array {
  const head = Buffer.alloc(8)
  head.write(name, 'latin1')
  head.writeUInt32LE(body.length, 4)
  const out = Buffer.concat([webp, head, body, Buffer.alloc(body.length % 2)])
  out.writeUInt32LE(out.length - 8, 4)
  return new Uint8Array(out)
}

function withComment(jpeg: Uint8Array, text: string): Uint8Array {
  const head = Buffer.from([0xff, 0xfe, 0, 0])
  head.writeUInt16BE(text.length + 2, 2)
  return joined(jpeg.subarray(0, 2), head, latin1(text), jpeg.subarray(2))
}

/** One white pixel on a canvas as wide as `/*` says; to a browser that is told so, a script. */
function gif(comment: string, tail: string): Uint8Array {
  return joined(
    latin1('GIF89a/*\x01\0\x80\0\0'),
    Uint8Array.of(0, 0, 0, 255, 255, 255),
    Uint8Array.of(0x21, 0xfe, comment.length),
    latin1(comment),
    Uint8Array.of(0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x4c, 1, 0, 0x3b),
    latin1(tail),
  )
}

interface Case {
  readonly name: string
  /** The image alone. */
  readonly plain: Uint8Array
  readonly whole: Uint8Array
}

async function drawCases(): Promise<Case[]> {
  const formats = ['png', 'jpeg', 'webp', 'tiff', 'avif'] as const
  const plain = Object.fromEntries(
    await Promise.all(formats.map(async (format) => [format, await encode(format)] as const)),
  ) as Record<(typeof formats)[number], Uint8Array>
  const zip = joined(await encode('zip', { layers: [{ name: MARK, raster: drawing, visible: true }] }), latin1(MARK))
  const exif = joined(exifBytes(1, 'little'))
  exif.set(latin1(MARK), Buffer.from(exif).indexOf('koutu'))
  const xmp = latin1(`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF>${MARK}</rdf:RDF></x:xmpmeta>`)
  const tails = formats.flatMap((format) => [
    { name: `${format} and zip`, plain: plain[format], whole: joined(plain[format], zip) },
    { name: `${format} and page`, plain: plain[format], whole: joined(plain[format], latin1(SCRIPT)) },
  ])
  const described = await Promise.all(
    (['png', 'jpeg', 'webp', 'avif'] as const).map(async (format) => ({
      name: `${format} with EXIF and XMP`,
      plain: plain[format],
      whole: await encode(format, { metadata: { exif, xmp } }),
    })),
  )
  return [
    ...tails,
    ...described,
    {
      name: 'png with texts',
      plain: plain.png,
      whole: withPngChunk(
        withPngChunk(plain.png, 'tEXt', latin1(`Comment\0${SCRIPT}`)),
        'iTXt',
        latin1(`${MARK}\0\0\0\0\0${SCRIPT}`),
      ),
    },
    { name: 'png with a private chunk', plain: plain.png, whole: withPngChunk(plain.png, 'koUt', latin1(SCRIPT)) },
    { name: 'jpeg with a comment', plain: plain.jpeg, whole: withComment(plain.jpeg, SCRIPT) },
    {
      name: 'webp with a chunk of its own',
      plain: plain.webp,
      whole: withRiffChunk(plain.webp, 'KOUT', latin1(SCRIPT)),
    },
    { name: 'gif and script', plain: gif(' ', ''), whole: gif(`*/=1;/*${MARK}`, `*/;alert('${MARK}')`) },
  ]
}

describe('files that are an image and something else', () => {
  let app: TestApp
  let cases: readonly Case[]
  beforeAll(async () => {
    cases = await drawCases()
  })
  beforeEach(async () => {
    app = await openTestApp({
      async run({ input, options }) {
        const { raster, encode } = await cutout(async () => input, groupOptions(options), {
          codec,
          engine: () => engine,
          source: { read: () => Promise.reject(new Error('nothing to read')) },
          clock: { nowMs: () => 0 },
        })
        const image = await codec.encode(raster, encode, {})
        const { mimeType: contentType } = FORMAT_FILES[options.format]
        return { image, contentType, width: raster.width, height: raster.height, report: REPORT }
      },
    })
  })
  afterEach(() => app[Symbol.asyncDispose]())

  const cut = async (picture: Uint8Array, query: string): Promise<Buffer> => {
    const body = new FormData()
    body.append('image', new Blob([picture.slice()]), 'picture.bin')
    const response = await app.request(`/v1/cutouts?${query}`, { method: 'POST', body })
    expect(response.status, await response.clone().text()).toBe(200)
    return Buffer.from(await response.arrayBuffer())
  }
  const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

  it.each(['png', 'webp', 'avif', 'tiff', 'jpeg&background=red', 'zip', 'psd'])(
    'come back as that image alone, byte for byte, as %s',
    async (format) => {
      const alone = new Map<Uint8Array, string>()
      for (const { name, plain, whole } of cases) {
        if (!alone.has(plain)) alone.set(plain, hash(await cut(plain, `format=${format}`)))
        expect(Buffer.from(whole).includes(MARK), name).toBe(true)
        const result = await cut(whole, `format=${format}`)
        expect(result.includes(MARK), name).toBe(false)
        expect(hash(result), name).toBe(alone.get(plain))
      }
    },
  )

  it('leave their color profile behind, whatever is written into it', async () => {
    const icc = matrixProfile(WIDE_SPACE)
    // Bytes that the standard keeps for later.
    icc.set(latin1(MARK), 104)
    for (const from of ['png', 'jpeg', 'webp', 'tiff', 'avif'] as const) {
      const whole = await encode(from, { icc })
      const keep = { keepIcc: true, keepMetadata: true, limits: { maxBytes: 1e6, maxPixels: 1e6, maxFrames: 1 } }
      expect(Buffer.from((await codec.decode(whole, keep, {})).icc!).includes(MARK), from).toBe(true)
      for (const to of ['png', 'webp', 'avif', 'tiff', 'jpeg&background=red']) {
        const result = await cut(whole, `format=${to}`)
        const { icc: kept, metadata } = await codec.decode(result, keep, {})
        expect({ kept, metadata }, `${from} to ${to}`).toEqual({ kept: null, metadata: { exif: null, xmp: null } })
        expect(result.includes(MARK), `${from} to ${to}`).toBe(false)
      }
    }
  })

  it('keep what was asked for, and still nothing of their tails', async () => {
    const described = cases.find(({ name }) => name === 'png with EXIF and XMP')!
    const tail = latin1('<script>tail</script>')
    const result = await cut(joined(described.whole, tail), 'keepMetadata=true')
    expect(result.includes(MARK)).toBe(true)
    expect(result.includes('tail')).toBe(false)
  })
})
