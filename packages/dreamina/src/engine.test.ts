// The service as an engine, with the fake behind it: colors and alpha in the right place, shapes checked, progress that
// never falls.

import { cutout, type KoutuEvent, type Picture, resolve } from '@koutu/core'
import { type DreaminaFakeOptions, encodePng, startDreaminaFake } from '@koutu/testing'
import { describe, expect, it } from 'vitest'
import { clientFor, drawDisc, failureOf, memoryJournal, pngCodec } from '../test/support.ts'
import { createDreaminaEngine, type DreaminaEngineOptions } from './engine.ts'

const OPTIONS = resolve({})
const { limits } = OPTIONS
const read = (bytes: Uint8Array): Promise<Picture> =>
  pngCodec.decode(
    bytes,
    { keepIcc: false, keepMetadata: false, limits: { maxBytes: 1, maxPixels: 1, maxFrames: 1 } },
    {},
  )

interface Setup extends Omit<DreaminaEngineOptions, 'limits'> {
  readonly fake?: DreaminaFakeOptions
}

async function segment(picture: Picture, { fake: fakeOptions, ...options }: Setup = {}) {
  await using fake = await startDreaminaFake(fakeOptions)
  const resized: number[] = []
  const journal = memoryJournal()
  const engine = createDreaminaEngine(
    {
      client: clientFor(fake, { journal }),
      codec: pngCodec,
      nowMs: () => Date.now(),
      async resize(_, maxSide) {
        resized.push(maxSide)
        return drawDisc(maxSide, maxSide / 2)
      },
    },
    { limits, ...options },
  )
  const events: KoutuEvent[] = []
  const found = await engine.segment(picture, OPTIONS.subject, { onEvent: (event) => events.push(event) })
  return { engine, found, events, resized, fake, journal }
}

it('gives the colors and the alpha of the result', async () => {
  const picture = await read(drawDisc(20, 14))
  const { engine, found, fake } = await segment(picture)
  expect(engine.produces).toBe('cutout')
  expect([found.alpha.width, found.alpha.height]).toEqual([20, 14])
  // The disc and nothing else: as drawn.
  const expected = Array.from({ length: 280 }, (_, i) => (picture.srgb.data[i * 3] === 230 ? 1 : 0))
  expect([...found.alpha.data]).toEqual(expected)
  expect(found.foreground?.data).toEqual(picture.srgb.data)
  expect(found).toMatchObject({ model: 'dreamina-cutout', precision: 'remote', warnings: [] })
  expect(fake.violations).toEqual([])
})

it('scales what is larger than the limit, and says that the result is smaller', async () => {
  const picture = await read(drawDisc(40, 20))
  const { found, resized } = await segment(picture, { maxSide: 20 })
  expect(resized).toEqual([20])
  expect([found.alpha.width, found.foreground]).toEqual([20, null])
  expect(found.warnings.map(({ code }) => code)).toEqual(['dreamina-size'])
  expect((await segment(picture, { maxSide: 40 })).resized).toEqual([])
})

it('gives the alpha alone for koutu to refine, when asked to upscale', async () => {
  const { engine, found } = await segment(await read(drawDisc(40, 20)), { maxSide: 20, upscale: true })
  expect(engine.produces).toBe('alpha')
  expect(found.foreground).toBeNull()
  expect(found.warnings).toEqual([])
})

it('does not give sRGB colors to an image that keeps a profile of its own', async () => {
  const picture = { ...(await read(drawDisc(8, 8))), icc: new Uint8Array(4) }
  const { found } = await segment(picture)
  expect(found.foreground).toBeNull()
  expect(found.warnings.map(({ code }) => code)).toEqual(['dreamina-colors'])
})

it('does not make 8 bits of 16', async () => {
  const picture = await read(drawDisc(8, 8))
  const color = { ...picture.color, data: Uint16Array.from(picture.color.data) }
  const { found } = await segment({ ...picture, color })
  expect(found.foreground).toBeNull()
  expect(found.warnings.map(({ code }) => code)).toEqual(['dreamina-colors'])
})

it.each([40, 20])('goes through the whole pipeline, results of %d px for an image of 40', async (maxSide) => {
  await using fake = await startDreaminaFake()
  const resize = async () => drawDisc(maxSide, maxSide / 2)
  const deps = { client: clientFor(fake), codec: pngCodec, nowMs: () => 0, resize }
  const engine = createDreaminaEngine(deps, { limits, maxSide })
  const source = { read: () => Promise.reject(new Error('not used')) }
  const pipeline = { codec: pngCodec, engine: () => engine, source, clock: { nowMs: () => 0 } }
  const result = await cutout(async () => drawDisc(40, 20), resolve({ crop: true }), pipeline)
  // A disc of radius 20 / 3 around (20, 10): 14 x 14 pixels, and at half size up to a pixel more at each side.
  const { width, height, channels } = result.raster
  expect(channels).toBe(4)
  expect(Math.abs(width - 14) + Math.abs(height - 14)).toBeLessThanOrEqual(maxSide === 40 ? 0 : 4)
  expect(result.report).toMatchObject({ engine: 'dreamina', model: 'dreamina-cutout', subject: true })
})

it('moves forward only, and stops short of the end, which is the pipeline’s', async () => {
  const { events } = await segment(await read(drawDisc(8, 8)), {
    fake: { statuses: Array(30).fill(20), polling: { interval_seconds: 2, timeout_seconds: 900 } },
  })
  const fractions = events.flatMap((event) => (event.type === 'progress' ? [event.fraction] : []))
  expect(fractions.length).toBeGreaterThan(30)
  expect(fractions).toEqual([...fractions].sort((a, b) => a - b))
  expect(fractions[0]).toBeGreaterThan(0)
  expect(fractions.at(-1)).toBeLessThan(1)
})

describe('a result that is none', () => {
  const picture = () => read(drawDisc(12, 8))
  const giving = (width: number, height: number, alpha: number): Setup => ({
    fake: {
      cutout: () => {
        const data = new Uint8Array(width * height * 4).map((_, i) => (i % 4 === 3 && i > 4 ? alpha : 255))
        return encodePng({ width, height, channels: 4, data })
      },
    },
  })

  it('opaque although it has an alpha channel', async () => {
    const failure = await failureOf(segment(await picture(), giving(12, 8, 255)))
    expect(failure.code).toBe('ENGINE_RESULT_OPAQUE')
    expect(failure.message).toContain('every pixel')
  })

  it('of another shape', async () => {
    const failure = await failureOf(segment(await picture(), giving(90, 90, 0)))
    expect(failure.code).toBe('ENGINE_ANSWER_INVALID')
    expect(failure.message).toContain('12 x 8')
    expect(failure.message).toContain('90 x 90')
    expect(failure.message).toContain('koutu dreamina resume')
  })

  it('of the same shape but for rounding is one', async () => {
    const { found } = await segment(await picture(), giving(6, 4, 0))
    expect(found.alpha.width).toBe(6)
  })

  it('damaged', async () => {
    const broken = drawDisc(12, 8)
    const cutout = (bytes: Uint8Array) => {
      const png = encodePng({ width: 1, height: 1, channels: 4, data: new Uint8Array(4) })
      return bytes.length > 0 ? png.subarray(0, 45) : broken
    }
    const failure = await failureOf(segment(await picture(), { fake: { cutout } }))
    expect(failure.code).toBe('ENGINE_ANSWER_INVALID')
    expect(failure.message).toContain('could not be read')
  })
})

it('says that an earlier task was used', async () => {
  await using fake = await startDreaminaFake()
  const deps = {
    client: clientFor(fake, { journal: memoryJournal() }),
    codec: pngCodec,
    nowMs: () => 0,
    resize: () => Promise.reject(new Error('not used')),
  }
  const picture = await read(drawDisc(8, 8))
  await createDreaminaEngine(deps, { limits }).segment(picture, OPTIONS.subject, {})
  const again = await createDreaminaEngine(deps, { limits }).segment(picture, OPTIONS.subject, {})
  expect(again.warnings.map(({ code }) => code)).toEqual(['dreamina-reused'])
  expect(fake.charged).toBe(1)
})
