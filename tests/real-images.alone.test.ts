// The real network on real images: the product against figures of its own that may not worsen, and file formats met in the
// wild through the command. Knows no algorithm, only answers. All images, and fp32, are in tests-all/quality.test.ts.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runNode } from '@koutu/testing'
import { createRemover, type Options } from 'koutu'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DATA, isMissing, openMatting, processorLimit, ROOT, reason, type Scores } from './evaluation-set.ts'
import { compareWithGolden, lost, measureDozen, worsened } from './golden-quality.ts'

const BIN = join(ROOT, 'packages/koutu/bin/koutu.js')

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-real-'))
})
afterAll(() => rm(folder, { recursive: true }))

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
  afterAll(() => matting[Symbol.asyncDispose]())

  it('are in no tier worse than the golden figures: means, ratios to the plain network, images that it did better', async () => {
    expect(await compareWithGolden(await measureDozen(matting), limit, 'dozen')).toEqual([])
  })

  it('give through the library the alpha that was scored here', async () => {
    const path = join(DATA, 'dis-alpaca.jpg')
    const here = await matting.matte(path)
    await using remover = await createRemover({ precision: 'int8' })
    const { alpha } = await remover.remove(path)
    expect(Buffer.from(alpha.data.buffer).equals(Buffer.from(here.product.data.buffer))).toBe(true)
  })
})

describe.skipIf(isMissing)(`several subjects${reason}`, () => {
  it('are told apart: two parrots, of which the larger one stays', async () => {
    const path = join(DATA, 'ecssd-0409.jpg')
    await using remover = await createRemover()
    const both = await remover.remove(path)
    const [first, second, ...others] = both.report.subjects
    expect(others).toEqual([])
    expect(first!.share + second!.share).toBeCloseTo(1, 5)
    expect(first!.box.left + first!.box.width / 2).not.toBeCloseTo(second!.box.left + second!.box.width / 2, -2)
    const one = await remover.remove(path, { subjects: 'largest' })
    expect(one.report.subjects).toEqual([first, { ...second, kept: false }])
    expect(one.report.box).toEqual(first!.box)
    expect(one.report.coverage / both.report.coverage).toBeCloseTo(first!.share, 5)
  })
})

describe.skipIf(isMissing)(`an area that the network doubts${reason}`, () => {
  it('is named with its box, and decided by one stroke into it', async () => {
    const path = join(DATA, 'p3m-51c916fc.jpg')
    await using remover = await createRemover()
    const named = async (options: Options) => {
      const { report } = await remover.remove(path, options)
      return report.warnings.flatMap(({ code, box }) => (code === 'uncertain-region' && box ? [box] : []))
    }
    const [area, ...others] = await named({})
    expect(others).toEqual([])
    const { left, top, width, height } = area!
    const stroke = { points: [[left + width / 2, top + height / 2] as [number, number]] }
    expect(await named({ keep: { type: 'strokes', strokes: [stroke] } })).toEqual([])
  })
})

interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Largest resident set of the command and of any process it started, in bytes; empty where there is no /proc. */
  readonly peaks: { readonly command: number; readonly children: number } | null
}

/** Runs the built command. */
async function koutu(args: readonly string[]): Promise<Finished> {
  const peaks = { command: 0, children: 0 }
  let watch: NodeJS.Timeout | undefined
  const { code, stdout, stderr } = await runNode([BIN, ...args], {
    cwd: ROOT,
    onStart(child) {
      watch = setInterval(() => {
        for (const { pid, parent, peakBytes } of processes()) {
          if (pid === child.pid) peaks.command = Math.max(peaks.command, peakBytes)
          if (parent === child.pid) peaks.children = Math.max(peaks.children, peakBytes)
        }
      }, 100)
    },
  })
  clearInterval(watch)
  return { code, stdout: stdout.toString(), stderr, peaks: process.platform === 'linux' ? peaks : null }
}

/** The kernel keeps each process's own high-water mark, so that rare looks miss only what grew since the last one. */
function processes(): { pid: number; parent: number; peakBytes: number }[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      let status: string
      try {
        status = readFileSync(`/proc/${name}/status`, 'utf8')
      } catch {
        // It ended between the two reads.
        return []
      }
      const field = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0)
      return [{ pid: Number(name), parent: field('PPid'), peakBytes: field('VmHWM') * 1024 }]
    })
}

describe.skipIf(isMissing)(`odd files through the command${reason}`, () => {
  /** Upright width and height, and bits of the PNG: 16 where the input has more than 8. */
  const EXPECTED: Readonly<Record<string, readonly [number, number, 8 | 16]>> = {
    'anim-crash.gif': [800, 533, 8],
    'anim-squares.webp': [80, 80, 8],
    'avif-10bit-fox.avif': [1204, 800, 16],
    'beer-16bit.png': [900, 900, 16],
    'boot-palette.png': [1024, 1024, 8],
    'cmyk-park.jpg': [500, 333, 8],
    'dog-grey.jpg': [1093, 1093, 8],
    'exif8-person.jpg': [1200, 1800, 8],
    'hato-6mp.jpg': [3082, 2048, 8],
    'heic-garden.heic': [1280, 854, 8],
    'phone-12mp-exif6.jpg': [3024, 4032, 8],
    'png-named-jpg.jpg': [987, 1481, 8],
    'sneaker-2048.jpg': [2048, 2048, 8],
    'sunglasses-p3.jpg': [1440, 1440, 8],
    'ultrahdr-gainmap.jpg': [3840, 2160, 8],
  }
  /** anim-crash.gif holds a single frame, whatever its name says. */
  const ANIMATED = ['anim-squares.webp']
  const MAX_PEAK_BYTES = 2_000_000_000

  interface Line {
    readonly type: string
    readonly input: string
    readonly output: string | null
    readonly status: string
    readonly report?: { readonly input: { width: number; height: number }; readonly warnings: { code: string }[] }
    readonly error?: { readonly code: string }
  }
  const hasHeic = existsSync(join(ROOT, 'node_modules/heic-decode'))
  const heic = 'heic-garden.heic'
  let run: Finished
  let lines: Map<string, Line>

  beforeAll(async () => {
    const inputs = Object.keys(EXPECTED).map((name) => join(DATA, 'nogt', name))
    run = await koutu([...inputs, '-o', `${join(folder, 'odd')}/`, '--json'])
    const parsed = run.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line)
    lines = new Map(parsed.filter(({ type }) => type === 'result').map((line) => [line.input.split('/').at(-1)!, line]))
  })

  it('knows every file of the folder', () => {
    expect(readdirSync(join(DATA, 'nogt')).sort()).toEqual(Object.keys(EXPECTED))
  })

  it('does all of them, with the exit code that says so', () => {
    const failed = [...lines].flatMap(([name, { status, error }]) =>
      status === 'done' ? [] : [`${name}: ${error?.code}`],
    )
    expect([...lines.keys()].sort()).toEqual(Object.keys(EXPECTED))
    expect({ failed, code: run.code, stderr: run.stderr }).toEqual({
      failed: hasHeic ? [] : [`${heic}: CODEC_MISSING`],
      code: hasHeic ? 0 : 1,
      stderr: '',
    })
  })

  for (const [name, [width, height, bits]] of Object.entries(EXPECTED)) {
    it.skipIf(name === heic && !hasHeic)(
      `writes ${name} upright as a ${bits}-bit PNG of ${width} x ${height}`,
      async () => {
        const { output, report } = lines.get(name)!
        expect(report?.input).toMatchObject({ width, height })
        const { data, info } = await sharp(output!).raw({ depth: 'ushort' }).toBuffer({ resolveWithObject: true })
        const { format, depth } = await sharp(output!).metadata()
        expect([format, info.width, info.height, info.channels, depth]).toEqual([
          'png',
          width,
          height,
          4,
          bits === 16 ? 'ushort' : 'uchar',
        ])
        expect(data.length).toBe(width * height * 8)
      },
    )
  }

  it('says of animations, and of nothing else, that only the first frame was used', () => {
    const warned = [...lines]
      .filter(([, { report }]) => report?.warnings.some(({ code }) => code === 'first-frame-only'))
      .map(([name]) => name)
    expect(warned.sort()).toEqual(ANIMATED)
  })

  it('gives a file that is no image its own code, and goes on', async () => {
    const bad = join(folder, 'notes.jpg')
    await writeFile(bad, 'not an image')
    const args = ['-o', `${join(folder, 'mixed')}/`, '--json']
    const mixed = await koutu([bad, join(DATA, 'nogt/cmyk-park.jpg'), ...args])
    expect(mixed.code).toBe(1)
    const results = mixed.stdout.split('\n').filter((line) => line.includes('"type":"result"'))
    const codes = results.map((line) => JSON.parse(line) as Line).map(({ status, error }) => error?.code ?? status)
    expect(codes.sort()).toEqual(['IMAGE_UNSUPPORTED', 'done'])
  })

  it.skipIf(process.platform !== 'linux')('stays under 2 GB in each of its processes (read from /proc)', () => {
    const { command, children } = run.peaks!
    // Less than this and nothing was measured: Node alone takes 40 MB, the network's weights more.
    expect(command).toBeGreaterThan(40e6)
    expect(children).toBeGreaterThan(150e6)
    expect(command).toBeLessThan(MAX_PEAK_BYTES)
    expect(children).toBeLessThan(MAX_PEAK_BYTES)
  })
})

describe("the README's example", () => {
  const EXAMPLE = join(ROOT, 'examples/photo.jpg')

  it('becomes a PNG with alpha', async () => {
    const output = join(folder, 'cutout.png')
    expect(await koutu([EXAMPLE, '-o', output])).toMatchObject({ code: 0, stdout: '' })
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
    expect(await koutu([EXAMPLE, '--background', '#ff00aa', '-o', output])).toMatchObject({ code: 0, stdout: '' })
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
