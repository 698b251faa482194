// What every Engine that runs networks must do, as one vitest suite. Truths are the formulas of the tiny networks.

import { type Engine, type EngineRequest, isKoutuError, type Picture, type Raster } from '@koutu/core'
import { describe, expect, it } from 'vitest'
import type { TestModelOptions } from './onnx-models.ts'

/** Side of the networks' input in pixels. */
const SIDE = 64

export interface EngineCase {
  /** Called in each test; the suite does not dispose of it. */
  open(): Engine
  /** For a network of `CONTRACT_MODELS`. */
  requestFor(model: TestModelOptions): Promise<EngineRequest>
  /** For a network that there is not, or that is none. */
  readonly badRequest: () => Promise<EngineRequest>
}

/** A network, and its alpha where the mean of a pixel is m. */
const EXPECTED: readonly (readonly [TestModelOptions, (m: number) => number])[] = [
  [{ kind: 'prob', size: SIDE }, (m) => m],
  [{ kind: 'prob', size: 'dynamic' }, (m) => m],
  [{ kind: 'prob', size: SIDE, outputType: 'float16' }, (m) => m],
  [{ kind: 'logits', size: SIDE }, (m) => 1 / (1 + Math.exp(-8 * (m - 0.5)))],
  [{ kind: 'minmax', size: SIDE }, (m) => m],
  // Only the background level, 0.05, is taken off; the little that is left is not stretched.
  [{ kind: 'minmax-empty', size: SIDE }, (m) => (0.1 * m) / 0.95],
  [{ kind: 'argmax', size: SIDE }, (m) => (m > 0.5 ? 1 : 0)],
]

/** The networks that a case must have, with mean 0 and deviation 1. */
export const CONTRACT_MODELS: readonly TestModelOptions[] = EXPECTED.map(([model]) => model)

/** A gray ramp from 0 on the left to 255 on the right, of the network's own size, so that nothing is resampled. */
export function contractRamp(width = SIDE, height = SIDE): Picture {
  return pictureOf(width, height, (x) => Math.round((x / (width - 1)) * 255))
}

function pictureOf(width: number, height: number, level: (x: number) => number): Picture {
  const data = new Uint8Array(width * height * 3)
  for (let i = 0; i < width * height; i++) data.fill(level(i % width), i * 3, i * 3 + 3)
  const color: Raster = { width, height, channels: 3, alpha: 'none', data }
  const metadata = { exif: null, xmp: null }
  return { width, height, color, srgb: color, alpha: null, format: 'png', icc: null, metadata, warnings: [] }
}

const code = (error: unknown) => (isKoutuError(error) ? error.code : error)

export function engineContract(name: string, { open, requestFor, badRequest }: EngineCase): void {
  describe(`engine contract: ${name}`, () => {
    const levels = Array.from({ length: SIDE }, (_, x) => Math.round((x / (SIDE - 1)) * 255) / 255)
    const prob = () => requestFor({ kind: 'prob', size: SIDE })

    it.each(EXPECTED)('reads $kind, size $size, $outputType', async (model, expected) => {
      const { alpha, warnings, foreground } = await open().segment(contractRamp(), await requestFor(model), {})
      expect([alpha.width, alpha.height]).toEqual([SIDE, SIDE])
      expect(warnings).toEqual([])
      expect(foreground).toBeNull()
      // Half precision has 11 bits; 8 of them after the decimal point of 0.5..1 leave 2e-3.
      const tolerance = model.outputType === 'float16' ? 1e-3 : 1e-5
      levels.forEach((m, x) => {
        expect(Math.abs(alpha.data[SIDE * 7 + x]! - expected(m)), `column ${x}`).toBeLessThan(tolerance)
      })
    })

    it('runs one image after another in any order of asking, each with its own answer', async () => {
      const request = await prob()
      const one = open()
      const flat = (level: number) => pictureOf(SIDE, SIDE, () => level)
      const answers = await Promise.all(
        [0, 51, 102, 153, 204, 255].map((level) => one.segment(flat(level), request, {})),
      )
      answers.forEach(({ alpha }, i) => {
        expect(alpha.data[0]).toBeCloseTo(i / 5, 5)
      })
    })

    it('takes images of any size, which it scales to that of the network', async () => {
      const { alpha } = await open().segment(
        pictureOf(201, 37, () => 102),
        await prob(),
        {},
      )
      expect([alpha.width, alpha.height]).toEqual([SIDE, SIDE])
      for (const value of alpha.data) expect(value).toBeCloseTo(0.4, 5)
    })

    it('says what it ran, and how long each step took', async () => {
      const engine = open()
      const request = await prob()
      await engine.warm(request, {})
      const { model, precision, timingsMs } = await engine.segment(contractRamp(), request, {})
      expect([engine.specVersion, engine.produces]).toEqual([1, 'alpha'])
      expect(model).not.toBe('')
      expect(precision).toMatch(/^fp32\b/)
      for (const ms of Object.values(timingsMs)) expect(ms).toBeGreaterThanOrEqual(0)
    })

    it('changes networks between images', async () => {
      const engine = open()
      for (const [model, expected] of [EXPECTED[0]!, EXPECTED[3]!, EXPECTED[0]!]) {
        const { alpha } = await engine.segment(contractRamp(), await requestFor(model), {})
        levels.forEach((m, x) => {
          expect(Math.abs(alpha.data[x]! - expected(m))).toBeLessThan(1e-5)
        })
      }
    })

    it('stops when asked to, and the next image works', async () => {
      const engine = open()
      const request = await prob()
      const stopped = engine.segment(contractRamp(), request, { signal: AbortSignal.abort() })
      expect(await stopped.catch(code)).toBe('ABORTED')
      expect((await engine.segment(contractRamp(), request, {})).alpha.data[SIDE - 1]).toBeCloseTo(1, 5)
    })

    it('refuses a network that is none, and the next image works', async () => {
      const engine = open()
      const bad = await badRequest()
      expect(await engine.segment(contractRamp(), bad, {}).catch(code)).toMatch(/^MODEL_/)
      expect(await engine.warm(bad, {}).catch(code)).toMatch(/^MODEL_/)
      expect((await engine.segment(contractRamp(), await prob(), {})).alpha.data[SIDE - 1]).toBeCloseTo(1, 5)
    })
  })
}
