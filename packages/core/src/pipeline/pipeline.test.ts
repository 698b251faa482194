import { describe, expect, it } from 'vitest'
import { isKoutuError, KoutuError } from '../errors/koutu-error.ts'
import type { Options } from '../options/options.ts'
import { resolve } from '../options/resolve.ts'
import { createPlane, type Plane, type Raster } from '../pixels/raster.ts'
import type { Codec, Ctx, Engine, KoutuEvent, Picture } from '../ports/ports.ts'
import { typescriptKernels } from './kernels.ts'
import { cutout, type PipelineDeps } from './pipeline.ts'

const WIDTH = 8
const HEIGHT = 6

/** An image whose red channel is x and whose green channel is y. */
function drawn(): Raster {
  const data = new Uint8Array(WIDTH * HEIGHT * 3)
  for (let i = 0; i < WIDTH * HEIGHT; i++) data.set([i % WIDTH, Math.floor(i / WIDTH), 7], i * 3)
  return { width: WIDTH, height: HEIGHT, channels: 3, alpha: 'none', data }
}

function fakeCodec(picture: Partial<Picture> = {}): Codec {
  const flat = (value: number): Raster => ({ ...drawn(), data: new Uint8Array(WIDTH * HEIGHT * 3).fill(value) })
  return {
    id: 'fake',
    async decode() {
      const color = drawn()
      const metadata = { exif: null, xmp: null }
      return {
        width: WIDTH,
        height: HEIGHT,
        color,
        srgb: color,
        alpha: null,
        format: 'png',
        icc: null,
        metadata,
        warnings: [],
        ...picture,
      }
    },
    encode: async () => Uint8Array.of(),
    cover: async ({ data }, { width, height }) => ({
      ...flat(0),
      width,
      height,
      // A blurred photo is told from an image that came along.
      data: new Uint8Array(width * height * 3).fill(data[0] === 100 ? 150 : 200),
    }),
    blur: async () => flat(100),
  }
}

/** Alpha 1 in columns 2..4 of rows 1..3, `outside` elsewhere. */
function squareAlpha(inside = 1, outside = 0): Plane {
  const alpha = createPlane(WIDTH, HEIGHT, outside)
  for (let y = 1; y <= 3; y++) alpha.data.fill(inside, y * WIDTH + 2, y * WIDTH + 5)
  return alpha
}

function fakeEngine(alpha: Plane, behavior: Partial<Engine> = {}): Engine {
  return {
    specVersion: 1,
    id: 'onnx',
    // A finished cutout keeps its alpha and colors, so that every pixel here is known.
    produces: 'cutout',
    warm: async () => {},
    segment: async () => ({
      alpha,
      foreground: drawn(),
      model: 'fake',
      precision: 'fp32',
      timingsMs: {},
      warnings: [],
    }),
    [Symbol.asyncDispose]: async () => {},
    ...behavior,
  }
}

function deps(engine: Engine, codec = fakeCodec()): PipelineDeps {
  let now = 0
  return { codec, engine: () => engine, source: { read: async () => Uint8Array.of() }, clock: { nowMs: () => now++ } }
}

const read = async () => Uint8Array.of(1)
const run = (alpha: Plane, options: Options = {}, codec?: Codec) =>
  cutout(read, resolve(options), deps(fakeEngine(alpha), codec))

describe('cutout', () => {
  it('keeps the alpha and the colors of an image that is a cutout already', async () => {
    const own = squareAlpha(0.9)
    const found = squareAlpha(0.8)
    const shown: Raster[] = []
    const engine = fakeEngine(found, {
      produces: 'alpha',
      segment: async ({ srgb }) => {
        shown.push(srgb)
        return { alpha: found, foreground: null, model: '', precision: '', timingsMs: {}, warnings: [] }
      },
    })
    const { alpha, raster, report } = await cutout(read, resolve({}), deps(engine, fakeCodec({ alpha: own })))
    expect(alpha.data).toEqual(own.data)
    expect([...raster.data.subarray((WIDTH + 2) * 4, (WIDTH + 2) * 4 + 3)]).toEqual([2, 1, 7])
    expect(report.warnings.map(({ code }) => code)).toEqual(['alpha-kept'])
    // Dark colors are shown before white.
    expect(shown[0]!.data[0]).toBe(255)
  })

  it('reports the warnings of the kernels, once', async () => {
    const warning = { code: 'kernels-unavailable', message: 'No kernels.' }
    const kernels = async () => ({ ...typescriptKernels, warnings: [warning] })
    const told: unknown[] = []
    const onEvent: Ctx['onEvent'] = (event) => event.type === 'warning' && told.push(event.warning)
    const { report } = await cutout(read, resolve({}), { ...deps(fakeEngine(squareAlpha())), kernels }, { onEvent })
    expect(report.warnings).toEqual([warning])
    expect(told).toEqual([warning])
  })

  it('reports the subject and keeps the image where alpha is 1', async () => {
    const { raster, report } = await run(squareAlpha())
    expect(report).toMatchObject({
      subject: true,
      box: { left: 2, top: 1, width: 3, height: 3 },
      coverage: expect.closeTo(9 / 48, 6),
      edgeSoftness: 0,
      touches: [],
      engine: 'onnx',
      model: 'fake',
      input: { width: WIDTH, height: HEIGHT, format: 'png' },
    })
    expect([...raster.data.subarray((WIDTH + 2) * 4, (WIDTH + 2) * 4 + 4)]).toEqual([2, 1, 7, 255])
    expect(Object.keys(report.timingsMs)).toEqual(['read', 'decode', 'model', 'segment', 'matte'])
  })

  it('names a broad area that stays half transparent, unless a mark decides it or the cutout came finished', async () => {
    const half = createPlane(WIDTH, HEIGHT, 0.45)
    const network = fakeEngine(half, {
      produces: 'alpha',
      segment: async () => ({ alpha: half, foreground: null, model: '', precision: '', timingsMs: {}, warnings: [] }),
    })
    const codes = async (options: Options, engine = network) => {
      const { report } = await cutout(read, resolve(options), deps(engine))
      return report.warnings.filter(({ code }) => code === 'uncertain-region')
    }
    const box = { left: 0, top: 0, width: WIDTH, height: HEIGHT }
    expect(await codes({})).toEqual([expect.objectContaining({ box })])
    const everywhere = { points: [[4, 3] as [number, number]], radius: 20 }
    expect(await codes({ keep: { type: 'strokes', unit: 'px', strokes: [everywhere] } })).toEqual([])
    expect(await codes({}, fakeEngine(half))).toEqual([])
  })

  it('lists several subjects and keeps those asked for', async () => {
    const alpha = createPlane(WIDTH, HEIGHT)
    for (let y = 2; y <= 5; y++) alpha.data.fill(1, y * WIDTH, y * WIDTH + 3)
    alpha.data.fill(0.9, WIDTH + 5, WIDTH + 7)
    const keepSpecks: Options = { speckArea: { value: 0, unit: 'px' } }
    const big = { box: { left: 0, top: 2, width: 3, height: 4 }, touches: ['bottom', 'left'] }
    const small = { box: { left: 5, top: 1, width: 2, height: 1 }, touches: [] }
    const all = await run(alpha, keepSpecks)
    expect(all.alpha).toEqual(alpha)
    expect(all.report.subjects).toEqual([
      { ...big, share: expect.closeTo(12 / 13.8, 6), kept: true },
      { ...small, share: expect.closeTo(1.8 / 13.8, 6), kept: true },
    ])
    for (const subjects of ['largest', 1] as const) {
      const { alpha: left, report } = await run(alpha, { ...keepSpecks, subjects })
      expect(report.subjects.map(({ kept }) => kept)).toEqual([true, false])
      expect(report).toMatchObject({ box: big.box, coverage: expect.closeTo(12 / 48, 6) })
      expect(left.data[WIDTH + 5]).toBe(0)
    }
    expect((await run(alpha, { ...keepSpecks, subjects: 7 })).alpha).toEqual(alpha)
    expect((await run(squareAlpha())).report.subjects).toEqual([
      { box: { left: 2, top: 1, width: 3, height: 3 }, share: 1, touches: [], kept: true },
    ])
    expect((await run(createPlane(WIDTH, HEIGHT))).report.subjects).toEqual([])
  })

  it('crops to the subject with its margin, but gives the whole alpha', async () => {
    const { raster, alpha } = await run(squareAlpha(1, 0.01), { crop: true, margin: { value: 1, unit: 'px' } })
    expect([raster.width, raster.height]).toEqual([5, 5])
    expect([...raster.data.subarray(6 * 4, 6 * 4 + 3)]).toEqual([2, 1, 7])
    expect([alpha.width, alpha.height]).toEqual([WIDTH, HEIGHT])
  })

  it('puts each background behind', async () => {
    const corner = async (options: Options) => {
      const { raster } = await run(squareAlpha(), options)
      return [...raster.data.subarray(0, raster.channels)]
    }
    expect(await corner({ background: { type: 'color', color: 'red' } })).toEqual([255, 0, 0])
    expect(await corner({ background: { type: 'blur' } })).toEqual([100, 100, 100])
    expect(await corner({ background: { type: 'picture', source: 'beach.jpg' } })).toEqual([200, 200, 200])
    expect(await corner({ mask: true, background: { type: 'blur' } })).toEqual([0])
  })

  it('grows the canvas by margins beyond the image, where nothing or the background is seen', async () => {
    const margin: Options['margin'] = [
      { value: 2, unit: 'px' },
      { value: 100, unit: '%' },
    ]
    const { raster, report } = await run(squareAlpha(), { crop: true, margin })
    // The subject's 3 x 3 with 3 at each side and 2 above and below: one column and one row lie beyond.
    expect([raster.width, raster.height]).toEqual([9, 7])
    const alpha = (x: number, y: number) => raster.data[(y * 9 + x) * 4 + 3]
    expect([alpha(0, 0), alpha(3, 2), alpha(5, 4), alpha(6, 4), alpha(3, 1)]).toEqual([0, 255, 255, 0, 0])
    expect([...raster.data.subarray((2 * 9 + 3) * 4, (2 * 9 + 3) * 4 + 3)]).toEqual([2, 1, 7])
    expect(report.resultBox).toEqual(report.box)
    const behind = async (background: Options['background']) => {
      const { raster } = await run(squareAlpha(), { crop: true, margin, background })
      expect([raster.width, raster.height]).toEqual([9, 7])
      return [raster.data[0], raster.data[(2 * 9 + 3) * raster.channels], raster.data.at(-1)]
    }
    expect(await behind({ type: 'color', color: '#090909' })).toEqual([9, 2, 9])
    // The blurred photo stays in its place only as far as it fills the canvas.
    expect(await behind({ type: 'blur' })).toEqual([150, 2, 150])
    const inside = await run(squareAlpha(), { crop: true, background: { type: 'blur' } })
    expect(inside.raster).toMatchObject({ width: 3, height: 3, channels: 3 })
    expect(await behind({ type: 'picture', source: 'beach.jpg' })).toEqual([200, 2, 200])
  })

  it('scales and moves the subject on its canvas, with every background over all of it', async () => {
    // 3 x 3 on 8 x 6: 100 % is 6 x 6, in the middle.
    const { raster, report, alpha } = await run(squareAlpha(), { scale: 100 })
    expect(report).toMatchObject({
      box: { left: 2, top: 1, width: 3, height: 3 },
      resultBox: { left: 1, top: 0, width: 6, height: 6 },
    })
    expect([raster.width, raster.height, alpha.width, alpha.height]).toEqual([8, 6, 8, 6])
    const opaque = (x: number, y: number, { data, width }: Raster) => data[(y * width + x) * 4 + 3]! > 250
    expect([opaque(0, 3, raster), opaque(2, 1, raster), opaque(5, 4, raster), opaque(7, 3, raster)]).toEqual([
      false,
      true,
      true,
      false,
    ])
    const moved = await run(squareAlpha(), { position: { x: 100, y: 0 } })
    expect(moved.report.resultBox).toEqual({ left: 5, top: 0, width: 3, height: 3 })
    expect([...moved.raster.data.subarray(5 * 4, 6 * 4)]).toEqual([2, 1, 7, 255])
    expect([...moved.raster.data.subarray(4 * 4, 5 * 4)]).toEqual([0, 0, 0, 0])
    const corner = async (background: Options['background']) =>
      (await run(squareAlpha(), { position: { x: 100, y: 100 }, background })).raster.data[0]
    expect(await corner({ type: 'color', color: '#090909' })).toBe(9)
    expect(await corner({ type: 'blur' })).toBe(150)
    expect(await corner({ type: 'picture', source: 'beach.jpg' })).toBe(200)
    // A crop's canvas is its box with the margins: 3 x 3 with 3 px to the left of it.
    const zero = { value: 0, unit: 'px' } as const
    const margin: Options['margin'] = [zero, zero, zero, { value: 3, unit: 'px' }]
    const placed = await run(squareAlpha(), { crop: true, margin, position: { x: 0, y: 50 } })
    expect([placed.raster.width, placed.raster.height]).toEqual([6, 3])
    expect(placed.report.resultBox).toEqual({ left: 0, top: 0, width: 3, height: 3 })
    expect([...placed.raster.data.subarray(0, 4)]).toEqual([2, 1, 7, 255])
  })

  it('shrinks results to so many pixels, masks, zips and crops alike', async () => {
    const half = await run(squareAlpha(), { maxOutputPixels: 12 })
    expect([half.raster.width, half.raster.height]).toEqual([4, 3])
    expect(half.report.fullSize).toEqual({ width: WIDTH, height: HEIGHT })
    expect(half.report.resultBox).toEqual({ left: 1, top: 0, width: 2, height: 2 })
    expect([half.alpha.width, half.alpha.height]).toEqual([WIDTH, HEIGHT])
    // Alpha of columns 2..4 and rows 1..3 in cells of 2 x 2.
    const expected = [0, 0.5, 0.25, 0, 0, 1, 0.5, 0, 0, 0, 0, 0]
    const alphas = [...half.raster.data].filter((_, i) => i % 4 === 3)
    alphas.forEach((value, i) => {
      expect(Math.abs(value - 255 * expected[i]!)).toBeLessThanOrEqual(0.51)
    })
    // Red is the column: of the half covered cell only its opaque lower row counts.
    expect(half.raster.data[4]).toBe(3)
    const mask = await run(squareAlpha(), { maxOutputPixels: 12, mask: true })
    mask.raster.data.forEach((value, i) => {
      expect(Math.abs(value - 255 * expected[i]!)).toBeLessThanOrEqual(0.51)
    })
    const hard = await run(squareAlpha(), { maxOutputPixels: 12, mask: true, hardMask: true })
    expect(new Set(hard.raster.data)).toEqual(new Set([0, 255]))
    const zip = await run(squareAlpha(), { maxOutputPixels: 12, format: 'zip' })
    expect(zip.encode.layers!.map(({ raster }) => [raster.width, raster.height])).toEqual([
      [4, 3],
      [4, 3],
    ])
    const cropped = await run(squareAlpha(), { maxOutputPixels: 4, crop: true })
    expect([cropped.raster.width, cropped.raster.height]).toEqual([2, 2])
    expect(cropped.report.fullSize).toEqual({ width: 3, height: 3 })
    // Before the crop, shrunk by 2 / 3.
    expect(cropped.report.resultBox).toEqual({ left: 1, top: 0, width: 3, height: 3 })
    const large = await run(squareAlpha(), { maxOutputPixels: 1000 })
    expect([large.raster.width, large.raster.height]).toEqual([WIDTH, HEIGHT])
  })

  it('refuses margins that make more pixels than the limit, before it makes any', async () => {
    const margin: Options['margin'] = { value: 10_000, unit: 'px' }
    await expect(run(squareAlpha(), { crop: true, margin })).rejects.toMatchObject({
      code: 'INVALID_OPTIONS',
      message: expect.stringContaining('20003 x 20003'),
    })
    const small = await run(squareAlpha(), { crop: true, margin, maxOutputPixels: 100 })
    expect([small.raster.width, small.raster.height]).toEqual([10, 10])
  })

  it('leaves the place and the size to images without a subject', async () => {
    const { raster, report } = await run(createPlane(WIDTH, HEIGHT), {
      crop: true,
      margin: { value: 3, unit: 'px' },
      scale: 50,
      position: { x: 0, y: 0 },
    })
    expect([raster.width, raster.height]).toEqual([WIDTH, HEIGHT])
    expect(report).toMatchObject({ subject: false, resultBox: null, warnings: [{ code: 'no-subject' }] })
  })

  it('cleans the matte and styles its edge as asked', async () => {
    const alpha = squareAlpha()
    // A speck at (7, 5), a hole in the middle of the square.
    alpha.data[5 * WIDTH + 7] = 1
    alpha.data[2 * WIDTH + 3] = 0
    const rows = async (options: Options) => {
      const result = await run(alpha, options)
      return Array.from({ length: HEIGHT }, (_, y) =>
        [...result.alpha.data.subarray(y * WIDTH, (y + 1) * WIDTH)].map((value) => Math.round(value * 9)).join(''),
      )
    }
    const px = { value: 2, unit: 'px' } as const
    expect(await rows({})).toEqual(['00000000', '00999000', '00909000', '00999000', '00000000', '00000009'])
    expect(await rows({ speckArea: px })).toEqual([
      '00000000',
      '00999000',
      '00999000',
      '00999000',
      '00000000',
      '00000000',
    ])
    expect((await rows({ speckArea: px, keepHoles: true }))[2]).toBe('00909000')
    expect((await rows({ fillHoles: true })).slice(2, 6)).toEqual(['00999000', '00999000', '00000000', '00000009'])
    expect((await rows({ edgeShift: -1 })).join('')).toBe('0'.repeat(WIDTH * HEIGHT))
    expect((await rows({ edgeShift: 1, speckArea: px })).slice(0, 2)).toEqual(['00999000', '09999900'])
    const soft = await rows({ feather: 1, speckArea: px })
    expect(new Set(soft.join('')).size).toBeGreaterThan(4)
    const hard = await rows({ feather: 1, speckArea: px, hardMask: true, hardMaskThreshold: 0.9 })
    expect(hard).toEqual(['00000000', '00000000', '00000000', '00000000', '00000000', '00000000'])
  })

  it('frees soft edges from the old background, unless told not to, also where it grew them', async () => {
    // A white subject on black: its edge of alpha 0.5 shows gray.
    const color: Raster = { ...drawn(), data: new Uint8Array(WIDTH * HEIGHT * 3) }
    const alpha = createPlane(WIDTH, HEIGHT)
    for (let i = 0; i < alpha.data.length; i++) {
      const value = [1, 1, 1, 0.5, 0, 0, 0, 0][i % WIDTH]!
      alpha.data[i] = value
      color.data.fill(Math.round(255 * value), i * 3, i * 3 + 3)
    }
    const codec = fakeCodec({ color, srgb: color })
    const engine = fakeEngine(alpha, {
      segment: async () => ({ alpha, foreground: null, model: '', precision: '', timingsMs: {}, warnings: [] }),
    })
    const red = async (column: number, options: Options) => {
      const { raster } = await cutout(read, resolve(options), deps(engine, codec))
      return raster.data[(2 * WIDTH + column) * 4]!
    }
    expect(await red(3, { decontaminate: false })).toBe(128)
    expect(await red(3, {})).toBeGreaterThan(180)
    // Hard at 0.4, the soft pixel is opaque, and still white.
    expect(await red(3, { hardMask: true, hardMaskThreshold: 0.4 })).toBeGreaterThan(180)
    // Feathered out over pixels that were black.
    expect(await red(4, { feather: 1 })).toBeGreaterThan(100)
    expect(await red(4, { feather: 1, decontaminate: false })).toBe(0)
  })

  it('shows the engine the region with a margin only, and finds nothing outside it', async () => {
    let seen: Picture | null = null
    const engine = fakeEngine(squareAlpha(), {
      async segment(picture) {
        seen = picture
        const alpha = createPlane(picture.width, picture.height, 1)
        return { alpha, foreground: null, model: '', precision: '', timingsMs: {}, warnings: [] }
      },
    })
    const look = (roi: Options['roi'], rest: Options = {}) => cutout(read, resolve({ roi, ...rest }), deps(engine))
    const inside = { left: 3, top: 2, width: 2, height: 3 }
    const { alpha, raster, report } = await look(inside)
    expect(seen).toMatchObject({ width: 2, height: 3 })
    expect([...seen!.srgb.data.subarray(0, 3)]).toEqual([3, 2, 7])
    alpha.data.forEach((value, i) => {
      const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)]
      expect(value).toBe(x >= 3 && x < 5 && y >= 2 && y < 5 ? 1 : 0)
    })
    expect(report).toMatchObject({ box: inside, input: { width: WIDTH, height: HEIGHT } })
    expect([raster.width, raster.height]).toEqual([WIDTH, HEIGHT])
    const cropped = await look({ left: 25, top: 0, width: 25, height: 100, unit: '%' }, { crop: true })
    expect(cropped.raster).toMatchObject({ width: 2, height: HEIGHT })
    // The margin of 10 % is one pixel here.
    expect(seen).toMatchObject({ width: 4, height: HEIGHT })
    const over = await look({ left: -5, top: -5, width: 7, height: 100 })
    expect(over.report.box).toEqual({ left: 0, top: 0, width: 2, height: HEIGHT })
  })

  it('refuses a region outside the image before the network runs', async () => {
    const engine = fakeEngine(squareAlpha(), { segment: () => Promise.reject(new Error('ran')) })
    for (const roi of [
      { left: 8, top: 0, width: 5, height: 5 },
      { left: -5, top: 0, width: 5, height: 5 },
      { left: 0, top: 100, width: 5, height: 5, unit: '%' },
    ] as const) {
      const error = await cutout(read, resolve({ roi }), deps(engine)).catch((e: unknown) => e)
      expect(isKoutuError(error) && error.code).toBe('INVALID_OPTIONS')
    }
  })

  it('holds hints to the pixel: strokes, images, in a region too, and erasing wins', async () => {
    const at = (plane: Plane, x: number, y: number) => plane.data[y * WIDTH + x]
    const dot = (x: number, y: number): NonNullable<Options['keep']> => ({
      type: 'strokes',
      strokes: [{ points: [[x, y]], radius: 1 }],
    })
    const kept = await run(squareAlpha(), { keep: dot(6.5, 4.5), erase: dot(3.5, 2.5) })
    expect([at(kept.alpha, 6, 4), at(kept.alpha, 3, 2), at(kept.alpha, 0, 0)]).toEqual([1, 0, 0])
    const both = await run(squareAlpha(), { keep: dot(6.5, 4.5), erase: dot(6.5, 4.5) })
    expect(at(both.alpha, 6, 4)).toBe(0)
    const percent: Options['keep'] = { type: 'strokes', unit: '%', strokes: [{ points: [[81, 75]] }] }
    expect(at((await run(squareAlpha(), { keep: percent })).alpha, 6, 4)).toBe(1)
    // Bright pixels of an image of half the size: its only white one covers four.
    const color: Raster = { ...drawn(), width: 4, height: 3, data: new Uint8Array(36) }
    color.data.fill(255, (2 * 4 + 3) * 3)
    const codec = fakeCodec()
    const decode = async (...args: Parameters<Codec['decode']>) =>
      args[0].length > 1
        ? { ...(await codec.decode(...args)), width: 4, height: 3, color, srgb: color }
        : codec.decode(...args)
    const picture = { type: 'picture', source: Uint8Array.of(1, 2) } as const
    const roi = { left: 1, top: 1, width: 7, height: 5 }
    const drawnHint = await run(squareAlpha(), { keep: picture, roi }, { ...codec, decode })
    expect([at(drawnHint.alpha, 7, 5), at(drawnHint.alpha, 6, 4)]).toEqual([1, 1])
    const wide = {
      ...codec,
      decode: async (...args: Parameters<Codec['decode']>) => ({
        ...(await decode(...args)),
        height: args[0].length > 1 ? 2 : HEIGHT,
      }),
    }
    await expect(run(squareAlpha(), { keep: picture }, wide)).rejects.toMatchObject({ code: 'INVALID_OPTIONS' })
  })

  it("crops to the subject with its shadow, says where it cannot fall, and keeps the alpha the subject's own", async () => {
    const tall = { ...squareAlpha(), data: squareAlpha().data.slice() }
    const plain = await run(tall, { crop: true })
    const shaded = await run(tall, { crop: true, shadow: 'drop', shadowOpacity: 1 })
    expect(plain.raster.height).toBe(3)
    expect(shaded.raster.height).toBeGreaterThan(3)
    expect(shaded.report.box).toEqual(plain.report.box)
    expect(shaded.alpha.data).toEqual(plain.alpha.data)
    // Below the square, black and translucent.
    const below = ((shaded.raster.height - 1) * shaded.raster.width + Math.floor(shaded.raster.width / 2)) * 4
    expect([...shaded.raster.data.subarray(below, below + 3)]).toEqual([0, 0, 0])
    expect(shaded.raster.data[below + 3]).toBeGreaterThan(0)
    expect(shaded.report.warnings).toEqual([])
    const standing = createPlane(WIDTH, HEIGHT)
    for (let y = 2; y < HEIGHT; y++) standing.data.fill(1, y * WIDTH + 2, y * WIDTH + 5)
    const codes = async (options: Options) => (await run(standing, options)).report.warnings.map(({ code }) => code)
    expect(await codes({ shadow: 'drop' })).toEqual(['shadow-cut-off'])
    // A crop makes room for it, below the image too, and so does a higher place.
    expect(await codes({ shadow: 'drop', crop: true })).toEqual([])
    expect((await run(standing, { shadow: 'drop', crop: true })).raster.height).toBeGreaterThan(HEIGHT - 2)
    expect(await codes({ shadow: 'drop', scale: 50 })).toEqual([])
    expect(await codes({ shadow: 'keep', mask: true })).toEqual(['shadow-not-shown'])
    expect(await codes({ shadow: 'keep' })).toEqual([])
  })

  it('gives a zip its colors, also where alpha is 0, and its alpha', async () => {
    const { raster, encode } = await run(squareAlpha(0.5), { format: 'zip', crop: true })
    expect(encode.layers!.map(({ name }) => name)).toEqual(['color', 'alpha'])
    const [color, alpha] = encode.layers!.map((layer) => layer.raster)
    expect(color).toMatchObject({ width: 3, height: 3, channels: 3 })
    expect(raster).toBe(color)
    expect([...color!.data.subarray(0, 3)]).toEqual([2, 1, 7])
    expect([...alpha!.data]).toEqual(Array(9).fill(128))
    const whole = await run(squareAlpha(), { format: 'zip' })
    expect([...whole.encode.layers![0]!.raster.data.subarray(3, 6)]).toEqual([1, 0, 7])
  })

  it('gives a zip with a background both of what it shows', async () => {
    const samples = async (options: Options) => {
      const { encode } = await run(squareAlpha(), { format: 'zip', ...options })
      const [color, alpha] = encode.layers!.map(({ raster }) => raster)
      expect([color!.channels, alpha!.channels]).toEqual([3, 1])
      const inside = WIDTH + 2
      return [0, inside].map((i) => [...color!.data.subarray(i * 3, i * 3 + 3), alpha!.data[i]])
    }
    const subject = [2, 1, 7, 255]
    expect(await samples({ background: { type: 'color', color: 'red' } })).toEqual([[255, 0, 0, 255], subject])
    expect(await samples({ background: { type: 'color', color: '#ff000080' } })).toEqual([[255, 0, 0, 128], subject])
    expect(await samples({ background: { type: 'picture', source: 'beach.jpg' } })).toEqual([
      [200, 200, 200, 255],
      subject,
    ])
  })

  it('gives a psd its layers, which together show the result', async () => {
    const transparent = await run(squareAlpha(0.5), { format: 'psd' })
    expect(transparent.encode.layers!.map(({ name, visible, raster }) => [name, visible, raster.channels])).toEqual([
      ['Original', false, 3],
      ['Cutout', true, 4],
      ['Mask', false, 1],
    ])
    const onRed = await run(squareAlpha(0.5), { format: 'psd', background: { type: 'color', color: 'red' } })
    const [, background, cut] = onRed.encode.layers!
    expect(background).toMatchObject({ name: 'Background', visible: true })
    for (let i = 0; i < WIDTH * HEIGHT; i++)
      for (let c = 0; c < 3; c++) {
        const a = cut!.raster.data[i * 4 + 3]! / 255
        const shown = cut!.raster.data[i * 4 + c]! * a + background!.raster.data[i * 3 + c]! * (1 - a)
        expect(Math.abs(shown - onRed.raster.data[i * 3 + c]!)).toBeLessThanOrEqual(1)
      }
  })

  it('shows a moved subject in a psd over the photo at the same place', async () => {
    const { encode } = await run(squareAlpha(), { format: 'psd', position: { x: 0, y: 0 } })
    const [original, cut] = encode.layers!
    expect(original!.raster).toMatchObject({ width: WIDTH, height: HEIGHT, channels: 4 })
    // Moved by -2 and -1: the last two columns and the last row show nothing.
    expect([...original!.raster.data.subarray(0, 4)]).toEqual([2, 1, 7, 255])
    expect([...cut!.raster.data.subarray(0, 4)]).toEqual([2, 1, 7, 255])
    expect(original!.raster.data[6 * 4 + 3]).toBe(0)
    expect(original!.raster.data.at(-1)).toBe(0)
    const cropped = await run(squareAlpha(), { format: 'psd', crop: true, margin: { value: 1, unit: 'px' } })
    expect(cropped.encode.layers![0]!.raster).toMatchObject({ width: 5, height: 5, channels: 3 })
  })

  it('keeps the colors of a finished cutout where its alpha stayed', async () => {
    const color: Raster = { ...drawn(), data: new Uint8Array(WIDTH * HEIGHT * 3).fill(99) }
    const { raster } = await run(squareAlpha(), { edgeShift: 1 }, fakeCodec({ color, srgb: color }))
    const pixel = (x: number, y: number) => [...raster.data.subarray((y * WIDTH + x) * 4, (y * WIDTH + x) * 4 + 4)]
    expect(pixel(3, 2)).toEqual([3, 2, 7, 255])
    expect(pixel(1, 2)).toEqual([99, 99, 99, 255])
  })

  it('multiplies the input alpha in', async () => {
    const half = createPlane(WIDTH, HEIGHT, 0.5)
    const { alpha } = await run(squareAlpha(), {}, fakeCodec({ alpha: half }))
    expect(Math.max(...alpha.data)).toBe(0.5)
  })

  it('says when there is no subject, and makes no ghost of faint alpha', async () => {
    const { raster, report } = await run(squareAlpha(0.1), { crop: true })
    expect(report).toMatchObject({ subject: false, box: null, warnings: [{ code: 'no-subject' }] })
    expect([raster.width, raster.height]).toEqual([WIDTH, HEIGHT])
    expect(Math.max(...raster.data.filter((_, i) => i % 4 === 3))).toBe(Math.round(0.1 * 255))
  })

  it('tells its progress: never falling, ending at exactly 1, nothing after the end', async () => {
    const events: KoutuEvent[] = []
    await cutout(read, resolve({}), deps(fakeEngine(squareAlpha(0))), { onEvent: (event) => events.push(event) })
    const fractions = events.flatMap((event) => (event.type === 'progress' ? [event.fraction] : []))
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b))
    expect(fractions.filter((fraction) => fraction === 1)).toHaveLength(1)
    expect(events.at(-1)).toEqual({ type: 'done' })
    expect(events.filter(({ type }) => type === 'done')).toHaveLength(1)
    expect(events.some(({ type }) => type === 'warning')).toBe(true)
  })

  it("refines a network's coarse alpha to the image's size", async () => {
    const coarse = createPlane(64, 48)
    for (let i = 0; i < coarse.data.length; i++) coarse.data[i] = i % 64 < 32 ? 0 : 1
    const { alpha, report } = await cutout(read, resolve({}), deps(fakeEngine(coarse, { produces: 'alpha' })))
    expect([alpha.width, alpha.height]).toEqual([WIDTH, HEIGHT])
    expect(report.subject).toBe(true)
    for (const value of alpha.data) expect(value >= 0 && value <= 1).toBe(true)
    const row = [...alpha.data.subarray(3 * WIDTH, 4 * WIDTH)]
    expect(Math.max(...row.slice(0, 3))).toBeLessThan(0.1)
    expect(Math.min(...row.slice(5))).toBeGreaterThan(0.9)
  })

  it('stops between steps when aborted', async () => {
    const controller = new AbortController()
    const engine = fakeEngine(squareAlpha(), {
      async segment() {
        controller.abort()
        return fakeEngine(squareAlpha()).segment(null as never, null as never, {})
      },
    })
    const error = await cutout(read, resolve({}), deps(engine), { signal: controller.signal }).catch((e: unknown) => e)
    expect(isKoutuError(error) && error.code).toBe('ABORTED')
  })

  it('warns of wishes it cannot grant', async () => {
    const exif = fakeCodec({ metadata: { exif: Uint8Array.of(1), xmp: null } })
    const codes = async (options: Options, codec: Codec) =>
      (await run(squareAlpha(), options, codec)).report.warnings.map((w) => w.code)
    expect(await codes({ format: 'tiff', keepMetadata: true }, exif)).toEqual(['metadata-not-kept'])
    expect(await codes({ keepMetadata: true }, exif)).toEqual([])
    const wide = fakeCodec({ icc: Uint8Array.of(1) })
    expect(await codes({ keepIcc: true, background: { type: 'color', color: 'red' } }, wide)).toEqual([
      'background-not-converted',
    ])
    expect(await codes({ keepIcc: true }, wide)).toEqual([])
  })

  it('passes coded errors on and codes the unknown', async () => {
    const failing = (error: unknown) => deps(fakeEngine(squareAlpha(), { warm: () => Promise.reject(error) }))
    const code = async (error: unknown) => cutout(read, resolve({}), failing(error)).catch((e: KoutuError) => e.code)
    expect(await code(new KoutuError('MODEL_MISSING'))).toBe('MODEL_MISSING')
    expect(await code(new TypeError('x is not a function'))).toBe('INTERNAL')
  })
})
