// A matting network in the pipeline, as a port that answers one value everywhere.

import { describe, expect, it } from 'vitest'
import type { KoutuError } from '../errors/koutu-error.ts'
import { type TilePixels, UNKNOWN } from '../matting/refiner/tile-pixels.ts'
import type { Options } from '../options/options.ts'
import { resolve } from '../options/resolve.ts'
import { createPlane, type Plane, type Raster } from '../pixels/raster.ts'
import type { Codec, Ctx, Engine, KoutuEvent, Picture } from '../ports/ports.ts'
import { photoOf } from './photo.fixture.ts'
import { cutout } from './pipeline.ts'
import { edgeRefiner } from './refine-edges.ts'

const WIDTH = 300
const HEIGHT = 200

/** A disc of radius 60 around the middle, on a dark ground. */
function disc(soft: number): Plane {
  const alpha = createPlane(WIDTH, HEIGHT)
  alpha.data.forEach((_, i) => {
    const outside = Math.hypot((i % WIDTH) + 0.5 - WIDTH / 2, Math.floor(i / WIDTH) + 0.5 - HEIGHT / 2) - 60
    alpha.data[i] = Math.min(1, Math.max(0, 0.5 - outside / soft))
  })
  return alpha
}

function photo(own: Plane | null): Picture {
  const shape = disc(1).data
  const data = new Uint8Array(WIDTH * HEIGHT * 3)
  shape.forEach((value, i) => {
    data.fill(40 + 180 * value, i * 3, i * 3 + 3)
  })
  const color: Raster = { width: WIDTH, height: HEIGHT, channels: 3, alpha: 'none', data }
  return photoOf(color, own)
}

interface Setting {
  readonly tile?: number
  readonly own?: Plane
  readonly produces?: Engine['produces']
  readonly ctx?: Ctx
  readonly answer?: (tile: TilePixels, count: number) => number
}

/** Runs the pipeline with a network that answers `answer`; `shown` holds the tiles. */
async function run(
  options: Options,
  { tile = 64, own, produces = 'alpha', ctx = {}, answer = () => 0.95 }: Setting = {},
) {
  const shown: TilePixels[] = []
  const picture = photo(own ?? null)
  const codec = { id: 'fake', decode: async () => picture } as unknown as Codec
  const found = disc(12)
  const engine: Engine = {
    specVersion: 1,
    id: 'onnx',
    produces,
    warm: async () => {},
    segment: async () => ({ alpha: found, foreground: null, model: '', precision: '', timingsMs: {}, warnings: [] }),
    [Symbol.asyncDispose]: async () => {},
  }
  const openRefiner = async (name: string) =>
    edgeRefiner({
      model: `${name} itself`,
      tile: { width: tile, height: tile },
      async refine(pixels: TilePixels) {
        shown.push(pixels)
        return createPlane(pixels.width, pixels.height, answer(pixels, shown.length))
      },
    })
  let now = 0
  const source = { read: async () => Uint8Array.of() }
  const clock = { nowMs: () => now++ }
  const deps = { codec, engine: () => engine, source, clock, openRefiner }
  const result = await cutout(
    async () => Uint8Array.of(1),
    resolve({ refiner: 'net', subject: 'photo', ...options }),
    deps,
    ctx,
  )
  return { ...result, shown }
}

describe('a matting network as refiner', () => {
  it('decides what is unknown, and nothing else', async () => {
    const { alpha, report, shown } = await run({})
    expect(report).toMatchObject({ refiner: 'net itself', warnings: [] })
    expect(Object.keys(report.timingsMs)).toContain('refine')
    expect(shown.length).toBeGreaterThan(4)
    for (const { trimap } of shown) expect(trimap).toContain(UNKNOWN)
    // On the edge, and well inside and outside of it.
    expect(alpha.data[100 * WIDTH + 90]).toBeCloseTo(0.95, 6)
    expect(alpha.data[100 * WIDTH + 150]).toBe(1)
    expect(alpha.data[100 * WIDTH + 30]).toBe(0)
  })

  it('is not asked by default', async () => {
    const { report, shown } = await run({ refiner: 'matte' })
    expect([report.refiner, shown.length]).toEqual(['matte', 0])
    expect(Object.keys(report.timingsMs)).not.toContain('refine')
  })

  it('tells its progress, which never falls and ends at 1', async () => {
    const events: KoutuEvent[] = []
    await run({}, { ctx: { onEvent: (event) => events.push(event) } })
    const fractions = events.flatMap((event) => (event.type === 'progress' ? [event.fraction] : []))
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b))
    expect(fractions.at(-1)).toBe(1)
    expect(fractions.filter((value) => value > 0.25 && value < 0.95).length).toBeGreaterThan(4)
    expect(events).toContainEqual({ type: 'stage', step: 'refine' })
  })

  it('is shown what the user marked as known', async () => {
    const stroke = { points: [[90, 100] as [number, number]], radius: 6 }
    const { alpha, shown } = await run({ erase: { type: 'strokes', unit: 'px', strokes: [stroke] } }, { tile: 512 })
    expect(shown).toHaveLength(1)
    expect(shown[0]!.trimap[100 * 512 + 90]).toBe(0)
    expect(alpha.data[100 * WIDTH + 90]).toBe(0)
  })

  it('keeps what was transparent transparent', async () => {
    const own = createPlane(WIDTH, HEIGHT, 0.5)
    const { alpha } = await run({}, { own })
    expect(alpha.data[100 * WIDTH + 90]).toBeCloseTo(0.475, 6)
  })

  it('stops between two tiles when it is aborted', async () => {
    const abort = new AbortController()
    const answer = (_: TilePixels, count: number) => {
      if (count === 2) abort.abort()
      return 0.95
    }
    let asked = 0
    const error: KoutuError = await run(
      {},
      { ctx: { signal: abort.signal }, answer: (...tile) => answer(...tile) + 0 * asked++ },
    ).then(
      () => expect.fail('expected an error'),
      (reason) => reason,
    )
    expect([error.code, asked]).toEqual(['ABORTED', 2])
  })

  it('looks at no more than its limit, and says so', async () => {
    const { report, shown } = await run({}, { tile: 12 })
    expect(shown).toHaveLength(64)
    expect(report.warnings.map(({ code }) => code)).toEqual(['refiner-limited'])
  })

  it('does not touch what came finished, and says so', async () => {
    const { alpha, report, shown } = await run({}, { produces: 'cutout' })
    expect(shown).toEqual([])
    expect(alpha).toEqual(disc(12))
    expect(report).toMatchObject({ refiner: 'matte', warnings: [{ code: 'refiner-unused' }] })
  })

  it('is refused where none can run', async () => {
    const deps = {
      codec: {} as Codec,
      engine: () => ({}) as Engine,
      source: { read: async () => Uint8Array.of() },
      clock: { nowMs: () => 0 },
    }
    await expect(cutout(async () => Uint8Array.of(), resolve({ refiner: 'vitmatte' }), deps)).rejects.toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
    })
  })
})
