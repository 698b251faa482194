// The real network on real photographs: the plain network against figures known before, the product against figures of its
// own that may not worsen, and file formats met in the wild through the command. Knows no algorithm, only answers.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import {
  cutout,
  type Engine,
  METRICS,
  type MetricId,
  type Plane,
  type ResolvedOptions,
  resizePlane,
  resolveOptions,
} from '@koutu/core'
import {
  cacheDir,
  createModelLocator,
  createModelStore,
  createOnnxEngine,
  createSharpCodec,
  findRecipe,
  tryProcessor,
} from '@koutu/node'
import { runNode } from '@koutu/testing'
import { createRemover } from 'koutu'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '..')
const DATA = process.env.KOUTU_DATA ?? resolve(ROOT, '../shared/data')
const isMissing = !existsSync(join(DATA, 'manifest.json'))
const reason = isMissing ? ` (skipped: no pictures in ${DATA}; set KOUTU_DATA)` : ''
const BIN = join(ROOT, 'packages/koutu/bin/koutu.js')
const GOLDEN = join(ROOT, 'tests/golden/quality.json')

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-real-'))
})
afterAll(() => rm(folder, { recursive: true }))

type TierScores = Readonly<Record<string, Scores>>

const isUpdating = process.env.KOUTU_UPDATE_GOLDEN === '1'
/** Metrics that may not worsen; the golden file also holds the others, for docs/quality.md. */
const GUARDED: readonly MetricId[] = ['sad', 'mse', 'grad', 'iou']
/** Tier T has three pictures and a noisy truth: recorded, not guarded. */
const UNGUARDED_TIER = 'T'
const TOLERANCE = 0.01

/** One line for each guarded figure that is worse than the golden one by more than the tolerance. */
function worsened(golden: TierScores, now: TierScores): string[] {
  const lines: string[] = []
  for (const [tier, scores] of Object.entries(golden)) {
    if (tier === UNGUARDED_TIER) continue
    for (const metric of GUARDED) {
      const [is, was] = [now[tier]![metric], scores[metric]]
      const isBetterLower = METRICS.find(({ id }) => id === metric)?.better === 'lower'
      const isGood = isBetterLower ? is <= was * (1 + TOLERANCE) : is >= was * (1 - TOLERANCE)
      if (!isGood) lines.push(`tier ${tier} ${metric}: was ${was}, is ${is} (${((is / was - 1) * 100).toFixed(1)} %)`)
    }
  }
  return lines
}

describe('the golden comparison', () => {
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

describe.skipIf(isMissing)(`79 pictures with known alpha${reason}`, () => {
  /** MAE of IS-Net general-use by tier: an earlier measurement by other code, stretched to 1024 and back; four decimals. */
  const REFERENCE_MAE = { A: 0.0597, B: 0.0201, C: 0.0354 }
  /** A printed .0597 says .05965 to .05975. */
  const HALF_DIGIT = 0.00005

  let plain: TierScores
  let plainInt8: TierScores
  let product: TierScores
  /** Mean difference of int8 alpha to fp32 alpha of each picture, before any matting. */
  let differences: number[]

  beforeAll(async () => {
    const all = await scoreAll()
    plain = meansByTier(all.map(({ tier, plain }) => ({ tier, scores: plain })))
    plainInt8 = meansByTier(all.map(({ tier, plainInt8 }) => ({ tier, scores: plainInt8 })))
    differences = all.map(({ difference }) => difference).sort((a, b) => a - b)
    product = meansByTier(all.map(({ tier, product }) => ({ tier, scores: product })))
    if (isUpdating) {
      await mkdir(join(GOLDEN, '..'), { recursive: true })
      await writeFile(GOLDEN, `${JSON.stringify({ product, plain }, rounded, 2)}\n`)
    }
  }, 300_000)

  for (const [tier, known] of Object.entries(REFERENCE_MAE)) {
    it(`gives the known error of the plain network on tier ${tier}`, () => {
      expect(Math.abs(plain[tier]!.mae - known)).toBeLessThanOrEqual(known * TOLERANCE + HALF_DIGIT)
    })
  }

  it('is in no tier and no guarded metric more than 1 % worse than the golden figures', () => {
    const golden = (JSON.parse(readFileSync(GOLDEN, 'utf8')) as { product: TierScores }).product
    expect(Object.keys(golden).sort()).toEqual(Object.keys(product).sort())
    expect(worsened(golden, product)).toEqual([])
  })

  it('answers in int8 as in fp32: .0035 apart on average, .0012 in the median, two pictures beyond .03 at most', () => {
    expect(differences.reduce((sum, value) => sum + value, 0) / differences.length).toBeLessThanOrEqual(0.0035)
    expect(differences[Math.floor(differences.length / 2)]).toBeLessThanOrEqual(0.0012)
    expect(differences.filter((value) => value > 0.03).length).toBeLessThanOrEqual(2)
  })

  it('loses in int8 at most 1 % of MAE, IoU and Grad in any tier', () => {
    for (const tier of ['A', 'B', 'C']) {
      expect(plainInt8[tier]!.mae, `MAE of ${tier}`).toBeLessThanOrEqual(plain[tier]!.mae * 1.01)
      expect(plainInt8[tier]!.grad, `Grad of ${tier}`).toBeLessThanOrEqual(plain[tier]!.grad * 1.01)
      expect(plainInt8[tier]!.iou, `IoU of ${tier}`).toBeGreaterThanOrEqual(plain[tier]!.iou * 0.99)
    }
  })

  it('gives through the library the alpha that was scored here', async () => {
    const path = join(DATA, 'dis-alpaca.jpg')
    const here = await matteAll(path)
    await using remover = await createRemover({ precision: 'int8' })
    const { alpha } = await remover.remove(path)
    expect(Buffer.from(alpha.data.buffer).equals(Buffer.from(here.product.data.buffer))).toBe(true)
  })

  const store = createModelStore({ cacheDir: cacheDir(), offline: true, importPack: (name) => import(name) })
  const createEngine = () =>
    createOnnxEngine({
      locate: createModelLocator({
        store,
        trial: tryProcessor,
        findRecipe: (id, sha256) => findRecipe(cacheDir(), id, sha256),
      }),
      idleMs: 60_000,
    })
  // One for each precision, so that neither has to change its network between pictures.
  const engines = { int8: createEngine(), fp32: createEngine() }
  afterAll(() => Promise.all(Object.values(engines).map((engine) => engine[Symbol.asyncDispose]())))
  const codec = createSharpCodec()
  // A mask has the alpha of a cut-out; only the colors, which are not scored, are left out.
  const options: ResolvedOptions = resolveOptions({ mask: true, precision: 'int8' })

  interface Mattes {
    /** The network's answer, brought to full size. */
    readonly plain: Plane
    readonly plainInt8: Plane
    /** What users get, from the int8 answer. */
    readonly product: Plane
    readonly difference: number
  }

  /** The int8 answer is kept on its way through the pipeline; the fp32 one is asked for the same decoded picture. */
  async function matteAll(path: string): Promise<Mattes> {
    let int8: Plane | undefined
    let fp32: Plane | undefined
    const listening: Engine = {
      ...engines.int8,
      async segment(picture, given, ctx) {
        const answer = await engines.int8.segment(picture, given, ctx)
        int8 ??= answer.alpha
        fp32 ??= (await engines.fp32.segment(picture, { ...given, precision: 'fp32' }, ctx)).alpha
        return answer
      },
    }
    const { alpha } = await cutout(() => readFile(path), options, {
      codec,
      engine: () => listening,
      source: { read: () => Promise.reject(new Error('no picture is read by name')) },
      clock: { nowMs: () => performance.now() },
    })
    const full = (plane: Plane): Plane => {
      const resized = resizePlane(plane, alpha.width, alpha.height, 'cubic')
      return { ...resized, data: resized.data.map((v) => Math.min(1, Math.max(0, v))) }
    }
    const [a, b] = [int8!.data, fp32!.data]
    let sum = 0
    for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!)
    return { plain: full(fp32!), plainInt8: full(int8!), product: alpha, difference: sum / a.length }
  }

  async function scoreAll() {
    const { items } = JSON.parse(await readFile(join(DATA, 'manifest.json'), 'utf8')) as {
      items: { image: string; alpha: string; tier: string }[]
    }
    expect(items).toHaveLength(79)
    const queue = items.values()
    const scored: { tier: string; plain: Scores; plainInt8: Scores; product: Scores; difference: number }[] = []
    const work = async () => {
      for (const { image, alpha, tier } of queue) {
        const truth = await readTruth(join(DATA, alpha))
        const mattes = await matteAll(join(DATA, image))
        scored.push({
          tier,
          difference: mattes.difference,
          plain: measure(mattes.plain, truth, ['mae', 'grad', 'iou']),
          plainInt8: measure(mattes.plainInt8, truth, ['mae', 'grad', 'iou']),
          product: measure(mattes.product, truth, GUARDED),
        })
      }
    }
    // Two at a time: one is scored while the network works on the other.
    await Promise.all([work(), work()])
    return scored
  }
})

type Scores = Readonly<Record<MetricId, number>>

/** The wanted metrics, not a number in the place of others; all of them where the golden file is written. */
function measure(alpha: Plane, truth: Plane, wanted: readonly MetricId[]): Scores {
  return Object.fromEntries(
    METRICS.map(({ id, measure }) => [id, isUpdating || wanted.includes(id) ? measure(alpha, truth) : Number.NaN]),
  ) as Scores
}

async function readTruth(path: string): Promise<Plane> {
  const { data, info } = await sharp(path).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true })
  expect(info.channels).toBe(1)
  return { width: info.width, height: info.height, data: Float32Array.from(data, (v) => v / 255) }
}

function meansByTier(scored: readonly { tier: string; scores: Scores }[]): TierScores {
  const tiers = [...Map.groupBy(scored, ({ tier }) => tier)].sort(([a], [b]) => (a < b ? -1 : 1))
  const mean = (members: readonly { scores: Scores }[], id: MetricId) =>
    members.reduce((sum, { scores }) => sum + scores[id], 0) / members.length
  return Object.fromEntries(
    tiers.map(([tier, members]) => [
      tier,
      Object.fromEntries(METRICS.map(({ id }) => [id, mean(members, id)])) as Scores,
    ]),
  )
}

const rounded = (_key: string, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(6)) : value)

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

  it('gives a file that is no picture its own code, and goes on', async () => {
    const bad = join(folder, 'notes.jpg')
    await writeFile(bad, 'not a picture')
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
