// What runs networks in this browser: the first of a list that starts and computes rightly.

import { isKoutuError, KoutuError } from '@koutu/core/errors'
import type { Warning } from '@koutu/core/ports'
import type { Device } from '../messages.ts'
import type { ProductKind } from './integers/network.ts'
import type { Runner } from './runner.ts'

export type ProviderName = 'wasm' | 'webgpu'

export interface Provider extends Candidate {
  readonly runner: Runner
  readonly warnings: readonly Warning[]
}

/** A way to run networks, to be tried. */
export interface Candidate {
  readonly name: ProviderName
  readonly threads: number
  /** Whether it computes in half precision. */
  readonly hasHalves: boolean
  /** Of koutu's own engine for int8 networks; null where onnxruntime runs them. */
  readonly products: ProductKind | null
}

export interface BrowserFacts {
  readonly isIsolated: boolean
  readonly processors: number
  /** Why WebGPU cannot be used, or null. */
  readonly webgpuMissing: string | null
  /** Whether WebGPU computes in half precision. */
  readonly hasHalves: boolean
  /** Whether WebGPU would run on the processor, which WebAssembly does faster. */
  readonly isGpuEmulated: boolean
  /** Tabs have little memory there. */
  readonly isPhone: boolean
  /** Which products are exact here; null without shared memory, which koutu's own engine needs. */
  readonly products: ProductKind | null
}

/** More wait for memory, not for processors. */
const MOST_THREADS = 8

function candidate(name: ProviderName, { threads = 1, products = null }: Partial<Candidate> = {}): Candidate {
  return { name, threads, hasHalves: false, products }
}

/** In the order in which they are tried. `hasPlan`: whether the int8 network has one, so that koutu's own engine could run it. */
export function candidatesFor(
  device: Device,
  facts: BrowserFacts,
  hasPlan: boolean,
): { candidates: Candidate[]; warnings: Warning[] } {
  const possible = Math.max(1, Math.min(facts.processors, MOST_THREADS))
  const threads = facts.isIsolated ? possible : 1
  const counts = threads > 1 ? [threads, 1] : [1]
  const engines = hasPlan && facts.products ? [facts.products, null] : [null]
  const candidates = engines.flatMap((products) => counts.map((threads) => candidate('wasm', { threads, products })))
  const warnings = threads < possible ? [notIsolated(possible)] : []
  const wantsGpu = device === 'webgpu' || (device === 'auto' && !facts.isGpuEmulated && !facts.isPhone)
  if (!wantsGpu) return { candidates, warnings }
  const gpu = candidate('webgpu')
  if (facts.webgpuMissing !== null) {
    if (device === 'webgpu') warnings.unshift(unavailable(gpu, facts.webgpuMissing))
  } else candidates.unshift(...(facts.hasHalves ? [{ ...gpu, hasHalves: true }] : []), gpu)
  return { candidates, warnings }
}

/**
 * The first that `open` opens; what did not is a warning.
 * Errors: ENGINE_UNAVAILABLE where none does; ASSET_*, since another candidate would miss files as well.
 */
export async function openFirst(
  { candidates, warnings }: { readonly candidates: readonly Candidate[]; readonly warnings: readonly Warning[] },
  open: (candidate: Candidate) => Promise<Runner>,
): Promise<Provider> {
  const failed: Warning[] = []
  for (const candidate of candidates) {
    try {
      const runner = await open(candidate)
      const isThreaded = candidate.name === 'webgpu'
      return { ...candidate, runner, warnings: [...failed, ...(isThreaded ? [] : warnings)] }
    } catch (error) {
      if (isKoutuError(error) && error.code.startsWith('ASSET_')) throw error
      failed.push(unavailable(candidate, error instanceof Error ? error.message : String(error)))
    }
  }
  throw new KoutuError('ENGINE_UNAVAILABLE', { detail: failed.map(({ message }) => message).join(' ') })
}

export function unavailable({ name, threads, hasHalves, products }: Candidate, reason: string): Warning {
  const gpu = hasHalves ? 'WebGPU in half precision' : 'WebGPU'
  const engine = products ? "koutu's own engine in WebAssembly" : 'WebAssembly'
  const what = name === 'webgpu' ? gpu : `${engine} with ${threads} thread${threads > 1 ? 's' : ''}`
  return { code: 'device-unavailable', message: `${what} could not be used: ${reason}.` }
}

/** Threads share memory, which browsers allow to isolated pages alone. */
function notIsolated(threads: number): Warning {
  const message = `The page is not cross-origin isolated, so the network ran on one thread. With the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp it would use ${threads}.`
  return { code: 'not-isolated', message }
}
