// remove.bg's clients against a whole server with the real pipeline and codec: each parameter by the image that comes
// of it. What is red in a drawing is its subject, so every result is known beforehand.

import { encodePng, unzip } from '@koutu/testing'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type PictureServer, startPictureServer } from '../packages/koutu/src/server/picture-server.fixture.ts'

type Rgb = readonly [number, number, number]
type Bytes = Uint8Array<ArrayBuffer>

const GREEN: Rgb = [0, 200, 100]
const WIDTH = 100
const HEIGHT = 80
/** The subject, and a pane of glass within it, in pixels of a drawing of 100 x 80. */
const SUBJECT = { left: 30, top: 20, width: 40, height: 30 }
const GLASS = { left: 45, top: 30, width: 5, height: 5 }
const GLASS_ALPHA = 102

const within = (x: number, y: number, { left, top, width, height }: typeof SUBJECT): boolean =>
  x >= left && x < left + width && y >= top && y < top + height

/** The subject is red, and blue by its place; all else is green. `factor` enlarges it all. */
function draw(factor = 1): Bytes {
  const [width, height] = [WIDTH * factor, HEIGHT * factor]
  const data = new Uint8Array(width * height * 3)
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [Math.floor((i % width) / factor), Math.floor(Math.floor(i / width) / factor)]
    const red = within(x, y, GLASS) ? GLASS_ALPHA : 255
    data.set(within(x, y, SUBJECT) ? [red, 0, x + y] : GREEN, i * 3)
  }
  return new Uint8Array(encodePng({ width, height, channels: 3, data }))
}

function plain(width: number, height: number, color: Rgb): Bytes {
  const data = new Uint8Array(width * height * 3)
  for (let i = 0; i < data.length; i += 3) data.set(color, i)
  return new Uint8Array(encodePng({ width, height, channels: 3, data }))
}

const PHOTO = draw()
const UNSET = [
  'image_url',
  'image_file_b64',
  'bg_image_file',
  'bg_image_url',
  'bg_color',
  'channels',
  'roi',
  'crop_margin',
] as const
const BLUE = plain(20, 20, [0, 0, 250])

interface Decoded {
  readonly width: number
  readonly height: number
  readonly channels: number
  readonly format: string | undefined
  readonly hasAlpha: boolean
  at(x: number, y: number): readonly number[]
  /** Around all that is at least half opaque. */
  box(): object
}

async function decode(bytes: Uint8Array): Promise<Decoded> {
  const { format, hasAlpha, channels: stored } = await sharp(bytes).metadata()
  const pixels = stored === 1 ? sharp(bytes).toColourspace('b-w') : sharp(bytes)
  const { data, info } = await pixels.raw().toBuffer({ resolveWithObject: true })
  const { width, height, channels } = info
  const at = (x: number, y: number) => [...data.subarray((y * width + x) * channels, (y * width + x + 1) * channels)]
  const box = () => {
    const [xs, ys]: [number[], number[]] = [[], []]
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (at(x, y).at(-1)! < 128) continue
        xs.push(x)
        ys.push(y)
      }
    }
    const [left, top] = [xs.reduce((a, b) => Math.min(a, b)), ys.reduce((a, b) => Math.min(a, b))]
    return {
      left,
      top,
      width: xs.reduce((a, b) => Math.max(a, b)) - left + 1,
      height: ys.reduce((a, b) => Math.max(a, b)) - top + 1,
    }
  }
  return { width, height, channels, format, hasAlpha, at, box }
}

let server: PictureServer
let strict: PictureServer

beforeAll(async () => {
  const network = { 'https://example.org/photo.png': PHOTO, 'https://example.org/blue.png': BLUE }
  server = await startPictureServer({ network })
  strict = await startPictureServer({ network, flags: { compat: 'removebg' } })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await strict[Symbol.asyncDispose]()
})

type Fields = Readonly<Record<string, string | Bytes>>

function form(fields: Fields): FormData {
  const data = new FormData()
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string') data.append(name, value)
    else data.append(name, new Blob([value]), 'picture.png')
  }
  return data
}

const send = (fields: Fields, to = server, init: RequestInit = {}) =>
  fetch(`${to.url}/v1.0/removebg`, { method: 'POST', body: form({ image_file: PHOTO, ...fields }), ...init })

async function cutOut(fields: Fields, to = server): Promise<Decoded & { readonly headers: Headers }> {
  const response = await send(fields, to)
  if (response.status !== 200) throw new Error(await response.text())
  return { ...(await decode(await response.bytes())), headers: response.headers }
}

const figures = ({ headers }: { readonly headers: Headers }, ...names: readonly string[]) =>
  names.map((name) => headers.get(`x-${name}`))

const errorOf = async (response: Response) => {
  const { errors } = (await response.json()) as { errors: readonly { code: string; title: string; detail?: string }[] }
  return [response.status, errors[0]!.code]
}

describe('the image', () => {
  it('comes back with the subject as it was and nothing around it, in its own size', async () => {
    const result = await cutOut({})
    expect([result.width, result.height, result.channels, result.format]).toEqual([WIDTH, HEIGHT, 4, 'png'])
    expect(result.at(31, 22)).toEqual([255, 0, 53, 255])
    expect(result.at(47, 32)[3]).toBe(GLASS_ALPHA)
    expect(result.at(0, 0)).toEqual([0, 0, 0, 0])
    expect(result.box()).toEqual(SUBJECT)
  })

  it.each([
    ['a file', { body: form({ image_file: PHOTO }) }],
    [
      'a part that says nothing of being a file',
      {
        body: Buffer.concat([
          Buffer.from('--x\r\nContent-Disposition: form-data; name="image_file"\r\n\r\n'),
          PHOTO,
          Buffer.from('\r\n--x--\r\n'),
        ]),
        headers: { 'content-type': 'multipart/form-data; boundary=x' },
      },
    ],
    [
      'a file among the empty fields of the official command',
      {
        body: form({
          image_file: PHOTO,
          ...Object.fromEntries(UNSET.map((name) => [name, ''])),
          size: 'auto',
          format: 'png',
          type: 'auto',
        }),
      },
    ],
    [
      'what the Python package removebg sends',
      {
        body: form({
          image_file: PHOTO,
          size: 'regular',
          type: 'auto',
          type_level: 'none',
          format: 'auto',
          roi: '0 0 100% 100%',
          crop: 'false',
          scale: 'original',
          position: 'original',
          channels: 'rgba',
          shadow: 'false',
          semitransparency: 'true',
        }),
      },
    ],
    ['base64 in a form', { body: form({ image_file_b64: Buffer.from(PHOTO).toString('base64') }) }],
    [
      'base64 with a prefix and line breaks',
      {
        body: form({
          image_file_b64: `data:image/png;base64,${Buffer.from(PHOTO).toString('base64').replace(/.{76}/g, '$&\r\n')}`,
        }),
      },
    ],
    ['an address in a form', { body: form({ image_url: 'https://example.org/photo.png' }) }],
    [
      'an address, urlencoded',
      { body: new URLSearchParams({ image_url: 'https://example.org/photo.png', size: 'auto' }) },
    ],
    ['base64, urlencoded', { body: new URLSearchParams({ image_file_b64: Buffer.from(PHOTO).toString('base64') }) }],
    [
      'base64, urlencoded by nobody',
      {
        body: `size=auto&image_file_b64=${Buffer.from(PHOTO).toString('base64')}`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      },
    ],
    ['an address in JSON', json({ image_url: 'https://example.org/photo.png', crop: false, scale: null })],
    ['base64 in JSON', json({ image_file_b64: Buffer.from(PHOTO).toString('base64'), unknown: { a: [1] } })],
  ])('may come as %s', async (_, init: RequestInit) => {
    for (const path of ['/v1.0/removebg', '/v1/removebg', '/removebg']) {
      const response = await fetch(server.url + path, { method: 'POST', ...init })
      expect(response.status).toBe(200)
      expect((await decode(await response.bytes())).box()).toEqual(SUBJECT)
    }
  })

  it('is told about in headers', async () => {
    const { headers } = await cutOut({ format: 'png' })
    expect(
      Object.fromEntries([...headers].filter(([name]) => name.startsWith('x-') && !/reset|options$/.test(name))),
    ).toEqual({
      'x-width': '100',
      'x-height': '80',
      'x-max-width': '100',
      'x-max-height': '80',
      'x-type': 'other',
      'x-foreground-top': '20',
      'x-foreground-left': '30',
      'x-foreground-width': '40',
      'x-foreground-height': '30',
      'x-credits-charged': '0',
      'x-ratelimit-limit': '500',
      'x-ratelimit-remaining': expect.stringMatching(/^4\d\d$/),
    })
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(headers.get('retry-after')).toBeNull()
    const reset = Number(headers.get('x-ratelimit-reset')) - Date.now() / 1000
    expect(reset).toBeGreaterThan(-1)
    expect(reset).toBeLessThanOrEqual(61)
  })

  it('comes as base64 with its box to who accepts JSON, with the same headers', async () => {
    const response = await send({ crop: 'true' }, server, { headers: { accept: 'application/json' } })
    const { data } = (await response.json()) as { data: { result_b64: string } }
    const { result_b64: text, ...box } = data
    expect(box).toEqual({ foreground_top: 20, foreground_left: 30, foreground_width: 40, foreground_height: 30 })
    const picture = await decode(Buffer.from(text, 'base64'))
    expect([picture.width, picture.height]).toEqual([40, 30])
    expect(figures(response, 'width', 'height', 'credits-charged', 'type')).toEqual(['40', '30', '0', 'other'])
  })

  it('without a subject is an error', async () => {
    expect(await errorOf(await send({ image_file: plain(30, 30, GREEN) }))).toEqual([400, 'unknown_foreground'])
  })
})

function json(value: object): RequestInit {
  return { body: JSON.stringify(value), headers: { 'content-type': 'application/json' } }
}

describe('size', () => {
  const big = draw(10)
  const huge = draw(25)
  it.each([
    ['', 1000, 800, big],
    ['full', 1000, 800, big],
    ['4k', 1000, 800, big],
    ['auto', 1000, 800, big],
    ['50MP', 1000, 800, big],
    ['preview', 559, 447, big],
    ['small', 559, 447, big],
    ['Regular', 559, 447, big],
    ['medium', 1000, 800, big],
    ['medium', 1369, 1095, huge],
    ['hd', 2235, 1788, huge],
  ])('%s makes %i x %i', async (size, width, height, image) => {
    const result = await cutOut({ image_file: image, size })
    expect([result.width, result.height]).toEqual([width, height])
    expect(width * height).toBeLessThanOrEqual({ medium: 1.5e6, hd: 4e6 }[size] ?? (width < 600 ? 250_000 : 5e6))
    const full = image === big ? ['1000', '800'] : ['2500', '2000']
    expect(figures(result, 'width', 'height', 'max-width', 'max-height')).toEqual([`${width}`, `${height}`, ...full])
    expect(Number(result.headers.get('x-foreground-left'))).toBeCloseTo(0.3 * width, -1)
    // The subject's middle, shrunk with the rest.
    expect(result.at(Math.round(width * 0.6), Math.round(height * 0.5))).toEqual([
      255,
      0,
      expect.closeTo(100, -0.5),
      255,
    ])
  })

  it('is small by default, and PNG no more than 10 megapixels, with --compat removebg', async () => {
    const preview = await cutOut({ image_file: big }, strict)
    expect(figures(preview, 'width', 'height', 'max-width', 'max-height')).toEqual(['559', '447', '1000', '800'])
    expect([preview.width, preview.height]).toEqual([559, 447])
    expect((await cutOut({ image_file: big, size: 'auto' }, strict)).width).toBe(1000)
    const large = draw(37)
    const png = await cutOut({ image_file: large, size: 'full' }, strict)
    expect(figures(png, 'width', 'height', 'max-width', 'max-height')).toEqual(['3535', '2828', '3535', '2828'])
    expect(figures(await cutOut({ image_file: large, size: 'full', format: 'jpg' }, strict), 'width')).toEqual(['3700'])
  })
})

describe('format', () => {
  it.each([
    ['png', 'png', 4],
    ['PNG', 'png', 4],
    ['auto', 'png', 4],
    ['', 'png', 4],
    ['webp', 'webp', 4],
    ['jpg', 'jpeg', 3],
  ])('%s', async (format, found, channels) => {
    const result = await cutOut({ format })
    expect([result.format, result.channels, result.headers.get('content-type')]).toEqual([
      found,
      channels,
      `image/${found}`,
    ])
    // What has no transparency is white there.
    expect(result.at(2, 2)).toEqual(channels === 4 ? [0, 0, 0, 0] : [255, 255, 255])
    expect(result.at(32, 22)[0]).toBeGreaterThan(245)
  })

  it('auto is JPEG where nothing can be seen through', async () => {
    expect((await cutOut({ bg_color: 'red' })).format).toBe('jpeg')
    expect((await cutOut({ bg_image_file: BLUE })).format).toBe('jpeg')
    expect((await cutOut({ bg_color: '#ff000080' })).format).toBe('png')
    expect((await cutOut({ channels: 'alpha', bg_color: 'red' })).format).toBe('png')
  })

  it('zip holds color and alpha, which together are the PNG', async () => {
    const response = await send({ format: 'zip' })
    expect(response.headers.get('content-type')).toBe('application/zip')
    expect(figures(response, 'width', 'height')).toEqual(['100', '80'])
    const members = await unzip(await response.bytes())
    expect([...members.keys()]).toEqual(['color.jpg', 'alpha.png'])
    const [color, alpha, png] = [
      await decode(members.get('color.jpg')!),
      await decode(members.get('alpha.png')!),
      await cutOut({}),
    ]
    expect([alpha.channels, alpha.width, alpha.height]).toEqual([1, 100, 80])
    // Bit depth and color type of the PNG: the Go client reads 8-bit gray alone.
    expect([...members.get('alpha.png')!.subarray(24, 26)]).toEqual([8, 0])
    for (const [x, y] of [
      [0, 0],
      [35, 25],
      [47, 32],
      [99, 79],
    ] as const)
      expect(alpha.at(x, y)).toEqual([png.at(x, y)[3]])
    const [r, , b] = color.at(35, 25) as [number, number, number]
    expect([Math.abs(r - 255) < 12, Math.abs(b - 60) < 12]).toEqual([true, true])
  })

  it('zip holds the background too, where one was asked for', async () => {
    for (const fields of [{ bg_color: '0000fa' }, { bg_image_file: BLUE }] as Fields[]) {
      const members = await unzip(await (await send({ format: 'zip', ...fields })).bytes())
      const [color, alpha] = [await decode(members.get('color.jpg')!), await decode(members.get('alpha.png')!)]
      expect(alpha.at(2, 2)).toEqual([255])
      const [r, g, b] = color.at(2, 2) as [number, number, number]
      expect([r < 12, g < 12, b > 238]).toEqual([true, true, true])
    }
    const half = await unzip(await (await send({ format: 'zip', bg_color: '0000fa80' })).bytes())
    expect((await decode(half.get('alpha.png')!)).at(2, 2)).toEqual([128])
  })
})

describe('channels', () => {
  it('alpha is the mask alone', async () => {
    const mask = await cutOut({ channels: 'alpha' })
    expect([mask.channels, mask.hasAlpha, mask.width]).toEqual([1, false, 100])
    expect([mask.at(0, 0), mask.at(35, 25), mask.at(47, 32)]).toEqual([[0], [255], [GLASS_ALPHA]])
    expect((await cutOut({ channels: 'rgba' })).channels).toBe(4)
  })

  it('alpha in a zip leaves the colors as the photo has them', async () => {
    const members = await unzip(await (await send({ format: 'zip', channels: 'alpha', bg_color: 'red' })).bytes())
    const [r, g, b] = (await decode(members.get('color.jpg')!)).at(3, 3) as [number, number, number]
    expect([r < 12, Math.abs(g - 200) < 12, Math.abs(b - 100) < 12]).toEqual([true, true, true])
    expect((await decode(members.get('alpha.png')!)).at(3, 3)).toEqual([0])
  })
})

describe('crop', () => {
  it('cuts empty borders away', async () => {
    const result = await cutOut({ crop: 'true' })
    expect([result.width, result.height]).toEqual([40, 30])
    expect(result.at(1, 2)).toEqual([255, 0, 53, 255])
    expect(figures(result, 'width', 'max-width', 'foreground-left', 'foreground-top')).toEqual(['40', '40', '30', '20'])
    expect((await cutOut({ crop: 'false', crop_margin: '10px' })).width).toBe(100)
  })

  it.each([
    ['10px', 60, 50, 10, 10],
    ['10', 60, 50, 10, 10],
    ['10%', 48, 36, 4, 3],
    ['10px 5%', 44, 50, 2, 10],
    ['1px 2px 3px 4px', 46, 34, 4, 1],
    ['10% 0 0 10%', 44, 33, 4, 3],
    // Beyond the photo's border, and no further than half of the subject or 500 pixels.
    ['90%', 80, 60, 20, 15],
    ['0 0 600px 0', 40, 530, 0, 0],
  ])('crop_margin %s', async (margin, width, height, left, top) => {
    const result = await cutOut({ crop: '1', crop_margin: margin })
    expect([result.width, result.height]).toEqual([width, height])
    expect(result.box()).toEqual({ left, top, width: 40, height: 30 })
  })
})

describe('scale and position', () => {
  it.each([
    [{ scale: '50%' }, { left: 25, top: 21, width: 50, height: 38 }],
    [{ scale: '20%' }, { left: 40, top: 32, width: 20, height: 15 }],
    [{ scale: 'original' }, SUBJECT],
    [{ position: 'original' }, SUBJECT],
    [{ position: 'center' }, { left: 30, top: 25, width: 40, height: 30 }],
    [{ position: '0%' }, { left: 0, top: 0, width: 40, height: 30 }],
    [{ position: '100% 0%' }, { left: 60, top: 0, width: 40, height: 30 }],
    [{ position: '50% 100%' }, { left: 30, top: 50, width: 40, height: 30 }],
    [
      { scale: '20%', position: '0% 100%' },
      { left: 0, top: 65, width: 20, height: 15 },
    ],
  ])('%j', async (fields: Fields, box) => {
    const result = await cutOut(fields)
    expect([result.width, result.height]).toEqual([WIDTH, HEIGHT])
    const found = result.box() as typeof box
    for (const key of ['left', 'top', 'width', 'height'] as const)
      expect(Math.abs(found[key] - box[key])).toBeLessThanOrEqual(1)
    const told = figures(result, 'foreground-left', 'foreground-top', 'foreground-width', 'foreground-height').map(
      Number,
    )
    const expected = [box.left, box.top, box.width, box.height]
    for (const [i, value] of expected.entries()) expect(Math.abs(told[i]! - value)).toBeLessThanOrEqual(1)
  })

  it('fill the cropped image with its margins', async () => {
    const result = await cutOut({ crop: 'true', crop_margin: '20px', scale: '100%' })
    expect([result.width, result.height]).toEqual([80, 70])
    expect(result.box()).toMatchObject({ left: 0, width: 80 })
  })
})

describe('roi', () => {
  it.each([
    ['0 0 50px 100%', { ...SUBJECT, width: 20 }],
    ['50% 0 100px 100%', { ...SUBJECT, left: 50, width: 20 }],
    ['0% 25px 100% 50%', { ...SUBJECT, top: 25, height: 15 }],
    ['0 0 100% 100%', SUBJECT],
  ])('%s', async (roi, box) => {
    expect((await cutOut({ roi })).box()).toEqual(box)
  })

  it('is measured on the upright image', async () => {
    const turned = new Uint8Array(await sharp(PHOTO).rotate(270).withMetadata({ orientation: 6 }).png().toBuffer())
    expect((await cutOut({ image_file: turned, roi: '0 0 50px 80px' })).box()).toEqual({ ...SUBJECT, width: 20 })
  })
})

describe('background', () => {
  it.each([
    ['f00', [255, 0, 0, 255]],
    ['#F00', [255, 0, 0, 255]],
    ['f008', [255, 0, 0, 136]],
    ['ff0000', [255, 0, 0, 255]],
    ['#FF000080', [255, 0, 0, 128]],
    ['Red', [255, 0, 0, 255]],
    ['transparent', [0, 0, 0, 0]],
  ])('bg_color %s', async (color, rgba) => {
    const result = await cutOut({ bg_color: color, format: 'png' })
    expect(result.at(0, 0)).toEqual(rgba.slice(0, result.channels))
    expect(result.at(31, 22).slice(0, 3)).toEqual([255, 0, 53])
    // Through the glass.
    if (rgba[3] === 255) expect(result.at(47, 32)[1]).toBe(0)
  })

  it('half transparent is on white in a JPEG', async () => {
    const [r, g] = (await cutOut({ bg_color: 'ff000080', format: 'jpg' })).at(2, 2) as [number, number]
    expect([r > 245, Math.abs(g - 127) < 12]).toEqual([true, true])
  })

  it('may be an image that covers the result, from a file or an address', async () => {
    for (const fields of [{ bg_image_file: BLUE }, { bg_image_url: 'https://example.org/blue.png' }] as Fields[]) {
      const result = await cutOut({ ...fields, format: 'png', crop: 'true', crop_margin: '10px' })
      expect([result.width, result.height, result.channels]).toEqual([60, 50, 3])
      for (const [x, y] of [
        [0, 0],
        [59, 49],
        [5, 40],
      ] as const)
        expect(result.at(x, y)).toEqual([0, 0, 250])
      expect(result.at(11, 12)).toEqual([255, 0, 53])
    }
  })

  it('of the size of the result is taken as it is', async () => {
    const data = new Uint8Array(WIDTH * HEIGHT * 3)
    for (let i = 0; i < WIDTH * HEIGHT; i++) data.set([i % WIDTH, Math.floor(i / WIDTH), 9], i * 3)
    const behind = new Uint8Array(encodePng({ width: WIDTH, height: HEIGHT, channels: 3, data }))
    const result = await cutOut({ bg_image_file: behind, format: 'png' })
    for (const [x, y] of [
      [0, 0],
      [99, 79],
      [7, 61],
    ] as const)
      expect(result.at(x, y)).toEqual([x, y, 9])
  })
})

describe('shadow', () => {
  /** Alpha on the ground below the subject. */
  const ground = async (fields: Fields) => (await cutOut(fields)).at(50, 51)

  it('is none unless asked for, and black on the ground below the subject then', async () => {
    for (const fields of [{}, { add_shadow: 'false' }, { shadow_type: 'none', add_shadow: 'true' }] as Fields[]) {
      expect(await ground(fields)).toEqual([0, 0, 0, 0])
    }
    for (const fields of [
      { add_shadow: 'true' },
      ...['auto', 'drop', '3D', 'car'].map((shadow_type) => ({ shadow_type })),
    ]) {
      const [r, g, b, a] = await ground(fields as Fields)
      expect([r, g, b]).toEqual([0, 0, 0])
      expect(a).toBeGreaterThan(20)
    }
  })

  it('is as dark as asked for', async () => {
    const alpha = async (shadow_opacity: string) => (await ground({ shadow_type: 'drop', shadow_opacity }))[3]!
    const [none, faint, dark] = [await alpha('0'), await alpha('20'), await alpha('100')]
    expect(none).toBe(0)
    expect(Math.abs(dark - 5 * faint)).toBeLessThanOrEqual(5)
  })
})

describe('semitransparency', () => {
  it('keeps glass translucent, unless it is turned off', async () => {
    for (const value of ['', 'true', '1'])
      expect((await cutOut({ semitransparency: value })).at(47, 32)[3]).toBe(GLASS_ALPHA)
    for (const value of ['false', '0']) expect((await cutOut({ semitransparency: value })).at(47, 32)[3]).toBe(255)
  })
})

describe('type', () => {
  it.each([
    [{}, 'other'],
    [{ type: 'auto' }, 'other'],
    [{ type: 'person' }, 'person'],
    [{ type: 'transportation' }, 'other'],
    [{ type: 'transportation', type_level: '2' }, 'transportation'],
    [{ type: 'graphic', type_level: 'latest' }, 'graphics'],
    [{ type: 'person', type_level: 'none' }, null],
  ])('%j is told as %s, and changes no pixel', async (fields, type) => {
    const result = await cutOut(fields as Fields)
    expect(result.headers.get('x-type')).toBe(type)
    expect(result.box()).toEqual(SUBJECT)
  })
})

describe('what is wrong', () => {
  it.each([
    [{ image_url: 'https://example.org/photo.png' }, 'multiple_sources'],
    [{ bg_color: 'red', bg_image_url: 'https://example.org/blue.png' }, 'multiple_bg_sources'],
    [{ bg_color: 'red', bg_image_file: BLUE }, 'multiple_bg_sources'],
    [{ bg_image_url: 'not an address' }, 'invalid_bg_image_url'],
    [{ bg_image_url: 'https://example.org/none' }, 'failed_bg_download'],
    [{ image_file: '', image_url: 'file:///etc/passwd' }, 'invalid_image_url'],
    [{ image_file: '', image_url: 'https://example.org/none' }, 'failed_image_download'],
    [{ image_file: '', image_file_b64: '***' }, 'failed_to_read_image'],
    [{ image_file: PHOTO.slice(0, PHOTO.length - 40) }, 'failed_to_read_image'],
    [{ image_file: new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>') }, 'invalid_file_type'],
  ] as [Fields, string][])('%j: %s', async (fields, code) => {
    expect(await errorOf(await send(fields))).toEqual([400, code])
  })

  it('two files of one name are two sources', async () => {
    const body = form({ image_file: PHOTO, bg_image_file: BLUE })
    body.append('bg_image_file', new Blob([BLUE]), 'again.png')
    expect(await errorOf(await send({}, server, { body }))).toEqual([400, 'multiple_bg_sources'])
    body.append('image_file', new Blob([PHOTO]), 'again.png')
    body.delete('bg_image_file')
    expect(await errorOf(await send({}, server, { body }))).toEqual([400, 'multiple_sources'])
  })
})
