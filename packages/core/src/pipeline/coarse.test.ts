// Results made again from what the network found: the same pixels, and others where hints or another region ask for them.

import { describe, expect, it } from 'vitest'
import type { KoutuError } from '../errors/koutu-error.ts'
import type { Options } from '../options/options.ts'
import { resolve } from '../options/resolve.ts'
import { createPlane, type Plane, type Raster } from '../pixels/raster.ts'
import type { Codec, Engine, Picture } from '../ports/ports.ts'
import type { CoarseAlpha } from './coarse.ts'
import { coarseFinder } from './finder.ts'
import { photoOf } from './photo.fixture.ts'
import { cutout } from './pipeline.ts'

const WIDTH = 150
const HEIGHT = 100

/** A disc right of the middle whose edge is `soft` pixels wide, of the part of the photo from `left` and `top` on. */
function disc(soft: number, { width, height }: { width: number; height: number }, scale = 1): Plane {
  const alpha = createPlane(width, height)
  alpha.data.forEach((_, i) => {
    const x = ((i % width) + 0.5) * scale
    const y = (Math.floor(i / width) + 0.5) * scale
    alpha.data[i] = Math.min(1, Math.max(0, 0.5 - (Math.hypot(x - 90, y - 50) - 30.3) / soft))
  })
  return alpha
}

function photo(): Picture {
  const data = new Uint8Array(WIDTH * HEIGHT * 3)
  disc(1, { width: WIDTH, height: HEIGHT }).data.forEach((value, i) => {
    data.fill(40 + 180 * value + ((i * 7) % 5), i * 3, i * 3 + 3)
  })
  const color: Raster = { width: WIDTH, height: HEIGHT, channels: 3, alpha: 'none', data }
  return photoOf(color)
}

function run(options: Options, coarse?: CoarseAlpha, { produces = 'alpha', size = {} }: Partial<Asked> = {}) {
  let asked = 0
  const engine: Engine = {
    specVersion: 1,
    id: 'onnx',
    produces,
    warm: async () => void asked++,
    async segment({ width, height }) {
      asked++
      // Half the photo's size, with levels that 8 bits do not have.
      const alpha = disc(9, { width: width / 2, height: height / 2 }, 2)
      return { alpha, foreground: null, model: 'm', precision: 'int8', timingsMs: { infer: 5 }, warnings: [WARNING] }
    },
    [Symbol.asyncDispose]: async () => {},
  }
  const picture = { ...photo(), ...size }
  const codec = { id: 'fake', decode: async () => picture } as unknown as Codec
  const deps = { codec, engine: () => engine, source: { read: async () => Uint8Array.of() }, clock: { nowMs: () => 0 } }
  return cutout(async () => Uint8Array.of(1), resolve({ subject: 'photo', ...options }), {
    ...deps,
    finder: coarse && coarseFinder(coarse),
  }).then((result) => ({
    ...result,
    asked,
  }))
}

interface Asked {
  readonly produces: Engine['produces']
  readonly size: Partial<Picture>
}

const WARNING = { code: 'w', message: 'Something of the engine.' }
const ERASE: Options = { erase: { type: 'strokes', unit: 'px', strokes: [{ points: [[90, 50]], radius: 12 }] } }

describe('coarse alpha', () => {
  it('gives the same result again, without the engine', async () => {
    for (const options of [
      {},
      { quality: 'best' },
      ERASE,
      { roi: { unit: 'px', left: 40, top: 10, width: 90, height: 80 } },
    ] as Options[]) {
      const first = await run(options)
      const again = await run(options, first.coarse!)
      expect(again.asked).toBe(0)
      expect(again.alpha.data).toEqual(first.alpha.data)
      expect(again.raster.data).toEqual(first.raster.data)
      expect(again.coarse).toEqual(first.coarse)
      expect({ ...again.report, timingsMs: null }).toEqual({ ...first.report, timingsMs: null })
    }
  })

  it('gives with hints what a run with them gives', async () => {
    const { coarse, alpha } = await run({})
    const [hinted, fresh] = [await run(ERASE, coarse!), await run(ERASE)]
    expect(hinted.alpha.data).toEqual(fresh.alpha.data)
    expect(alpha.data[50 * WIDTH + 90]).toBe(1)
    expect(hinted.alpha.data[50 * WIDTH + 90]).toBe(0)
  })

  it('is cut to a region that is asked for later', async () => {
    const { coarse } = await run({})
    const { alpha } = await run({ roi: { unit: 'px', left: 0, top: 0, width: 90, height: HEIGHT } }, coarse!)
    const at = (x: number, y: number) => alpha.data[y * WIDTH + x]!
    expect([at(80, 50), at(100, 50), at(40, 50)]).toEqual([1, 0, 0])
    // Half way up the edge at the left, where the disc begins.
    expect(at(58, 50)).toBeLessThan(0.5)
    expect(at(61, 50)).toBeGreaterThan(0.5)
  })

  it('knows nothing outside of the region it was made for', async () => {
    const { coarse } = await run({ roi: { unit: 'px', left: 20, top: 0, width: 60, height: HEIGHT } })
    const whole = await run({}, coarse!)
    for (let y = 0; y < HEIGHT; y++) expect(whole.alpha.data[y * WIDTH + 100]).toBe(0)
  })

  it('is refused for an image of another size, and not kept of a finished cutout', async () => {
    const { coarse } = await run({})
    const size = { height: HEIGHT - 1 }
    const error = await run({}, coarse!, { size }).catch((caught: KoutuError) => caught)
    expect(error).toMatchObject({ code: 'INVALID_OPTIONS', message: expect.stringContaining('150 x 100') })
    expect((await run({}, undefined, { produces: 'cutout' })).coarse).toBeNull()
  })
})
