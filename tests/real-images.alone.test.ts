// The real network on real images: the product against figures of its own that may not worsen. Knows no algorithm,
// only answers. All images, and fp32, are in tests-all/quality.test.ts, odd file formats in tests-all/odd-files.test.ts.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Plane } from '@koutu/core'
import { runNode } from '@koutu/testing'
import { type Cutout, createRemover, type Remover } from 'koutu'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  DATA,
  isMissing,
  type Matting,
  openMatting,
  processorLimit,
  ROOT,
  reason,
  type Scores,
} from './evaluation-set.ts'
import { compareWithGolden, lost, measureDozen, worsened } from './golden-quality.ts'

const BIN = join(ROOT, 'packages/koutu/bin/koutu.js')
const ALPACA = join(DATA, 'dis-alpaca.jpg')

let folder = ''
let remover: Remover
beforeAll(async () => {
  remover = await createRemover()
  folder = await mkdtemp(join(tmpdir(), 'koutu-real-'))
})
afterAll(async () => {
  await remover[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

describe('the golden comparison', () => {
  it('names a ratio that has grown and a new loser', () => {
    const ratio = (geometricMean: number, worse: number) => ({
      A: { sad: { geometricMean, worse }, grad: { geometricMean: 1, worse: 0 } },
    })
    expect(lost(ratio(0.5, 1), ratio(0.5049, 1))).toEqual([])
    expect(lost(ratio(0.5, 1), ratio(0.5051, 2))).toEqual([
      'tier A sad: ratio was 0.5, is 0.5051',
      'tier A sad: 1 images were worse, now 2',
    ])
    expect(lost(ratio(0.5, 1), ratio(Number.NaN, 1))).toHaveLength(1)
  })

  const scores: Scores = { mae: 1, mse: 1, sad: 1, grad: 1, conn: 1, iou: 1, sMeasure: 1 }
  it('names what is more than 1 % worse, and nothing that is better or within it', () => {
    expect(worsened({ A: scores }, { A: { ...scores, sad: 1.0099, mse: 0.5, iou: 1.5, grad: 1.01 } })).toEqual([])
    expect(worsened({ A: scores }, { A: { ...scores, sad: 1.0101, iou: 0.9899 } })).toEqual([
      'tier A sad: was 1, is 1.0101 (1.0 %)',
      'tier A iou: was 1, is 0.9899 (-1.0 %)',
    ])
    expect(worsened({ A: scores }, { A: { ...scores, grad: Number.NaN } })).toHaveLength(1)
  })
})

describe.skipIf(isMissing)(`a dozen images with known alpha${reason}`, async () => {
  const limit = await processorLimit()
  const matting = openMatting({ limit })
  let alpaca: Plane | undefined
  afterAll(() => matting[Symbol.asyncDispose]())

  it('are in no tier worse than the golden figures: means, ratios to the plain network, images that it did better', async () => {
    const kept: Matting = {
      ...matting,
      async matte(path) {
        const matte = await matting.matte(path)
        if (path === ALPACA) alpaca = matte.product
        return matte
      },
    }
    expect(await compareWithGolden(await measureDozen(kept), limit, 'dozen')).toEqual([])
  })

  it('give through the library the alpha that was scored here', async () => {
    const { alpha } = await remover.remove(ALPACA, { precision: 'int8' })
    expect(alpha.data).toEqual(alpaca?.data)
  })
})

describe.skipIf(isMissing)(`several subjects${reason}`, () => {
  it('are told apart: two parrots, of which the larger one stays', async () => {
    const path = join(DATA, 'ecssd-0409.jpg')
    const both = await remover.remove(path)
    const [first, second, ...others] = both.report.subjects
    expect(others).toEqual([])
    expect(first!.share + second!.share).toBeCloseTo(1, 5)
    expect(first!.box.left + first!.box.width / 2).not.toBeCloseTo(second!.box.left + second!.box.width / 2, -2)
    const one = await remover.refine(path, both.coarse!, { subjects: 'largest' })
    expect(one.report.subjects).toEqual([first, { ...second, kept: false }])
    expect(one.report.box).toEqual(first!.box)
    expect(one.report.coverage / both.report.coverage).toBeCloseTo(first!.share, 5)
  })
})

describe.skipIf(isMissing)(`an area that the network doubts${reason}`, () => {
  it('is named with its box, and decided by one stroke into it', async () => {
    const path = join(DATA, 'p3m-51c916fc.jpg')
    const named = ({ report }: Cutout) =>
      report.warnings.flatMap(({ code, box }) => (code === 'uncertain-region' && box ? [box] : []))
    const first = await remover.remove(path)
    const [area, ...others] = named(first)
    expect(others).toEqual([])
    const { left, top, width, height } = area!
    const stroke = { points: [[left + width / 2, top + height / 2] as [number, number]] }
    const marked = await remover.refine(path, first.coarse!, { keep: { type: 'strokes', strokes: [stroke] } })
    expect(named(marked)).toEqual([])
  })
})

describe("the README's example", () => {
  const EXAMPLE = join(ROOT, 'examples/photo.jpg')

  it('becomes a PNG with alpha', async () => {
    const output = join(folder, 'cutout.png')
    expect(await runNode([BIN, EXAMPLE, '-o', output])).toMatchObject({ code: 0, stdout: Buffer.alloc(0) })
    const { width, height } = await sharp(EXAMPLE).metadata()
    const { data, info } = await sharp(output).raw().toBuffer({ resolveWithObject: true })
    expect(info).toMatchObject({ format: 'raw', width, height, channels: 4 })
    const alphas = data.filter((_, i) => i % 4 === 3)
    const share = (is: (alpha: number) => boolean) => alphas.filter(is).length / alphas.length
    expect(share((alpha) => alpha === 255)).toBeGreaterThan(0.1)
    expect(share((alpha) => alpha === 0)).toBeGreaterThan(0.3)
  })

  it('becomes a JPEG on pink without alpha', async () => {
    const output = join(folder, 'on-pink.jpg')
    expect(await runNode([BIN, EXAMPLE, '--background', '#ff00aa', '-o', output])).toMatchObject({
      code: 0,
      stdout: Buffer.alloc(0),
    })
    expect(await sharp(output).metadata()).toMatchObject({ format: 'jpeg', channels: 3 })
    const { data, info } = await sharp(output).raw().toBuffer({ resolveWithObject: true })
    const at = (x: number, y: number) => [...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)]
    for (const [x, y] of [
      [0, 0],
      [info.width - 1, 0],
      [0, info.height - 1],
      [info.width - 1, info.height - 1],
    ] as const) {
      // JPEG may move a flat color by a few levels.
      const off = at(x, y).map((value, c) => Math.abs(value - [0xff, 0x00, 0xaa][c]!))
      expect(Math.max(...off)).toBeLessThanOrEqual(4)
    }
  })
})
