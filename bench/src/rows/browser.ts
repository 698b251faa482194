// @koutu/browser in headless Chromium, beside @imgly/background-removal with the same weights; both from loopback.

import { type Side, writeFolders } from '../browser/folders.ts'
import {
  type AlphaDifference,
  alphaDifferences,
  type Bench,
  coldRuns,
  manyImages,
  type Peak,
  peaks,
  TINY_DEVICES,
  tinyRuns,
  VARIANT_NAMES,
  VARIANTS,
  type VariantName,
  warmRuns,
} from '../browser/measures.ts'
import type { PageCall } from '../browser/page-call.ts'
import { type Context, Skipped } from '../context.ts'
import { canReadMemory } from '../measure/process-memory.ts'
import { compare, type Sample, summarize, type Versus } from '../measure/statistics.ts'
import { peerVersion } from '../peer.ts'
import { drawPicture } from '../pictures.ts'

export interface BrowserRow {
  readonly versions: Readonly<Record<'chromium' | '@imgly/background-removal' | 'onnxruntime-web of the peer', string>>
  readonly warm: readonly WarmVariant[]
  /** Both with threads and their defaults; pairs are calls. */
  readonly warmMs: Versus
  /** From the navigation to the result, with an empty cache on a line of 50 Mbit/s. Pairs are rounds. */
  readonly coldMs: Versus
  /** The longest task of the page's thread in any warm call or first one; 0 where none took 50 ms. */
  readonly longestTaskMs: Readonly<Record<Side, number>>
  readonly peak: Readonly<Record<Side, Peak>>
  /** To the library in Node. */
  readonly alpha: readonly AlphaDifference[]
  /** Resident memory of the renderer after each image. */
  readonly manyMib: readonly number[]
  /** Largest difference of a tiny network's alpha between WebGPU, emulated, and WebAssembly. */
  readonly webgpuDifference: number
  /** Warm calls with that network in that browser. Absent from results of earlier versions. */
  readonly tiny?: readonly TinyVariant[]
}

interface TinyVariant extends Omit<WarmVariant, 'name'> {
  readonly name: (typeof TINY_DEVICES)[number]
}

interface WarmVariant {
  readonly name: VariantName
  readonly ms: Sample
  /** What the library said it ran. */
  readonly detail: string
}

export async function browser(context: Context): Promise<BrowserRow> {
  if (!canReadMemory) throw new Skipped('memory is read from /proc, which this system does not have')
  context.log('browser: building pages, writing the files of both sides')
  const served = await writeFolders(context)
  const bench: Bench = { ...context, served }
  const one = await drawPicture(1, served.images)
  const twelve = await drawPicture(12, served.images)
  const warm = await warmRuns(bench, one.name)
  const callsOf = (side: Side) =>
    VARIANT_NAMES.filter((name) => VARIANTS[name].side === side).flatMap((name) => warm.calls[name])
  const msOf = (name: VariantName) => warm.timed[name].map(({ ms }) => ms)
  const tiny = await tinyRuns(bench, one.name)
  return {
    versions: {
      chromium: warm.chromium,
      '@imgly/background-removal': peerVersion('@imgly/background-removal'),
      'onnxruntime-web of the peer': peerVersion('onnxruntime-web'),
    },
    warm: VARIANT_NAMES.map((name) => ({ name, ...summaryOf(warm.timed[name]) })),
    warmMs: compare(msOf('int8'), msOf('peer')),
    longestTaskMs: {
      koutu: Math.max(...callsOf('koutu').map(({ longestTaskMs }) => longestTaskMs)),
      peer: Math.max(...callsOf('peer').map(({ longestTaskMs }) => longestTaskMs)),
    },
    coldMs: await coldRuns(bench, one.name),
    peak: await peaks(bench, twelve.name),
    alpha: await alphaDifferences(bench),
    manyMib: await manyImages(bench),
    webgpuDifference: tiny.difference,
    tiny: TINY_DEVICES.map((name) => ({ name, ...summaryOf(tiny.timed[name]) })),
  }
}

function summaryOf(calls: readonly PageCall[]) {
  const detail = [...new Set(calls.map((call) => call.detail))].join('; ')
  return { ms: summarize(calls.map(({ ms }) => ms)), detail }
}
