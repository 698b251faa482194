// What is measured in a page, each in fresh browsers: time, memory, and how near the alpha is to the library's in Node.

import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EMULATED_WEBGPU } from '../../../tests-all/browser/chromium.ts'
import { ISOLATION, openSite } from '../../../tests-all/browser/site.ts'
import type { Context } from '../context.ts'
import { alternate } from '../measure/alternate.ts'
import type { PeakMemory } from '../measure/process-memory.ts'
import { runNode } from '../measure/run.ts'
import { compare, type Sample, summarize, type Versus } from '../measure/statistics.ts'
import { spread } from '../pictures.ts'
import type { AlphaRequest } from '../programs/koutu-alpha.ts'
import type { BrowserFolders, Side } from './folders.ts'
import { createLine } from './line.ts'
import { type BenchPage, openBenchPage } from './open-page.ts'
import type { PageCall } from './page-call.ts'

const COLD_BITS_PER_SECOND = 50e6

export const VARIANTS = {
  int8: { side: 'koutu', isolated: true, options: { precision: 'int8' } },
  'int8, one thread': { side: 'koutu', isolated: false, options: { precision: 'int8' } },
  fp32: { side: 'koutu', isolated: true, options: { precision: 'fp32' } },
  'fp32, one thread': { side: 'koutu', isolated: false, options: { precision: 'fp32' } },
  peer: { side: 'peer', isolated: true, options: {} },
  'peer, one thread': { side: 'peer', isolated: false, options: {} },
} as const satisfies Record<string, { side: Side; isolated: boolean; options: object }>

export type VariantName = keyof typeof VARIANTS
export const VARIANT_NAMES = Object.keys(VARIANTS) as readonly VariantName[]
const SIDES = ['koutu', 'peer'] as const

export interface Bench extends Context {
  readonly served: BrowserFolders
}

export type Peak = Pick<PeakMemory, 'hwmMib' | 'pssMib'>

/** Means over the pixels of each image. */
export interface AlphaDifference {
  readonly precision: string
  readonly images: Sample
}

interface PageSettings {
  readonly side: Side
  readonly isolated?: boolean
  readonly bitsPerSecond?: number
  readonly flags?: readonly string[]
}

/** A browser and a server of its own, so that nothing is in a cache. */
async function withPage<T>(
  { served }: Bench,
  settings: PageSettings,
  work: (page: BenchPage) => Promise<T>,
): Promise<T> {
  const { side, isolated = true, bitsPerSecond, flags } = settings
  await using site = await openSite({
    folders: served.folders,
    headers: isolated ? ISOLATION : {},
    ...(bitsPerSecond ? { through: createLine(bitsPerSecond) } : {}),
  })
  await using page = await openBenchPage(`${site.origin}${side === 'koutu' ? 'ours' : 'peer'}/`, flags)
  return await work(page)
}

export async function warmRuns(bench: Bench, image: string) {
  const { settings, log } = bench
  let chromium = ''
  const rounds = await alternate(VARIANT_NAMES, settings.browserRounds, (name, round) => {
    const { options, ...page } = VARIANTS[name]
    return withPage(bench, page, async ({ call, version }) => {
      chromium = version
      const calls: PageCall[] = []
      for (let i = 0; i <= settings.browserCalls; i++) calls.push(await call(image, options))
      log(`browser, warm, round ${round + 1}, ${name}: ${calls.map(({ ms }) => ms.toFixed(0)).join(', ')} ms`)
      return calls
    })
  })
  const entries = VARIANT_NAMES.map((name) => [name, rounds[name].flat()] as const)
  const timed = VARIANT_NAMES.map((name) => [name, rounds[name].flatMap((calls) => calls.slice(1))] as const)
  return {
    chromium,
    calls: Object.fromEntries(entries) as Record<VariantName, PageCall[]>,
    /** Without the first call of each page, which loads the network. */
    timed: Object.fromEntries(timed) as Record<VariantName, PageCall[]>,
  }
}

export async function coldRuns(bench: Bench, image: string): Promise<Versus> {
  const bitsPerSecond = COLD_BITS_PER_SECOND
  const { koutu, peer } = await alternate(SIDES, bench.settings.browserColdRounds, (side, round) =>
    withPage(bench, { side, bitsPerSecond }, async ({ call }) => {
      const { sinceNavigationMs } = await call(image)
      bench.log(`browser, cold, round ${round + 1}, ${side}: ${sinceNavigationMs.toFixed(0)} ms`)
      return sinceNavigationMs
    }),
  )
  return compare(koutu, peer)
}

export async function peaks(bench: Bench, image: string): Promise<Record<Side, Peak>> {
  const { koutu, peer } = await alternate(SIDES, 1, (side) =>
    withPage(bench, { side }, async ({ call, peakOf }) => {
      const { hwmMib, pssMib } = await peakOf(() => call(image))
      bench.log(`browser, peak memory, ${side}: ${hwmMib.toFixed(0)} MiB`)
      return { hwmMib, pssMib }
    }),
  )
  return { koutu: koutu[0]!, peer: peer[0]! }
}

export async function alphaDifferences(bench: Bench): Promise<readonly AlphaDifference[]> {
  const { settings, served, folder, pictures, env, log } = bench
  const chosen = spread(pictures, settings.browserPictures)
  for (const { name, path } of chosen) await copyFile(path, join(served.images, name))
  const found: AlphaDifference[] = []
  for (const precision of ['int8', 'fp32'] as const) {
    const images = chosen.map(({ path }, i) => ({ path, target: join(folder, `browser-alpha-${i}`) }))
    const request: AlphaRequest = { options: { precision }, images }
    await runNode([join(import.meta.dirname, '../programs/koutu-alpha.ts'), JSON.stringify(request)], { env })
    const differences = await withPage(bench, { side: 'koutu' }, async ({ alpha }) => {
      const means: number[] = []
      for (const [i, { name }] of chosen.entries()) {
        const bytes = new Uint8Array(await readFile(images[i]!.target))
        means.push(meanDifference(await alpha(name, { precision }), new Float32Array(bytes.buffer)))
      }
      return means
    })
    log(`browser, alpha, ${precision}: ${differences.map((value) => value.toFixed(5)).join(', ')}`)
    found.push({ precision, images: summarize(differences) })
  }
  return found
}

export async function manyImages(bench: Bench): Promise<readonly number[]> {
  const { settings, pictures, served } = bench
  const small = pictures.filter(({ megapixels }) => megapixels <= 3)
  for (const { name, path } of small) await copyFile(path, join(served.images, name))
  return withPage(bench, { side: 'koutu' }, async ({ call, resident }) => {
    const mib: number[] = []
    for (let i = 0; i < settings.browserManyPictures; i++) {
      await call(small[i % small.length]!.name)
      mib.push(resident())
    }
    bench.log(`browser, ${mib.length} images: ${mib.map((value) => value.toFixed(0)).join(', ')} MiB`)
    return mib
  })
}

export const TINY_DEVICES = ['webgpu', 'wasm'] as const

/** A tiny network on WebGPU, emulated, and on WebAssembly: an emulated processor takes longer than minutes for a real one. */
export async function tinyRuns(bench: Bench, image: string) {
  return withPage(bench, { side: 'koutu', flags: EMULATED_WEBGPU }, async ({ alpha, call }) => {
    const options = (device: string) => ({ model: 'tiny', device })
    const timed = { webgpu: [] as PageCall[], wasm: [] as PageCall[] }
    for (const device of TINY_DEVICES) {
      for (let i = 0; i <= bench.settings.browserCalls; i++) timed[device].push(await call(image, options(device)))
      // The first loads the network.
      timed[device].shift()
    }
    const [{ detail }] = timed.webgpu as [PageCall]
    if (!/on webgpu\b/.test(detail)) throw new Error(`expected WebGPU but the page ran ${detail}`)
    const [gpu, wasm] = [await alpha(image, options('webgpu')), await alpha(image, options('wasm'))]
    const difference = gpu.reduce((most, value, i) => Math.max(most, Math.abs(value - wasm[i]!)), 0)
    return { timed, difference }
  })
}

function meanDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new Error(`expected ${b.length} values of alpha but received ${a.length}`)
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length
}
