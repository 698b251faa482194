// Opens what runs networks here, and something else where it fails.

import type { Warning } from '@koutu/core/ports'
import type { LaneDeps } from '../engine/lane.ts'
import { type Candidate, candidatesFor, openFirst, type Provider, unavailable } from '../engine/provider.ts'
import type { Runner } from '../engine/runner.ts'
import type { OnBytes } from '../files/asset-store.ts'
import type { Device } from '../messages.ts'
import { browserFacts } from './browser-facts.ts'

export interface Devices extends Pick<LaneDeps, 'provider' | 'replace'> {
  /** What is tried first. */
  likely(hasPlan: boolean): Promise<Candidate>
}

/** `open`: as `openRunner`, with the folder's files. */
export function createDevices(
  device: Device,
  open: (candidate: Candidate, onBytes: OnBytes) => Promise<Runner>,
): Devices {
  /** What is left after a device was lost, and why. */
  let wanted = device
  const lost: Warning[] = []
  /** By whether the network has a plan: koutu's own engine and onnxruntime may both be open. */
  const opened = new Map<boolean, Promise<Provider>>()
  const openFor = async (hasPlan: boolean, onBytes: OnBytes): Promise<Provider> => {
    const other = await opened.get(!hasPlan)?.catch(() => null)
    // Plans are WebAssembly's.
    if (other?.name === 'webgpu') return other
    const candidates = candidatesFor(wanted, await browserFacts(), hasPlan)
    const provider = await openFirst(candidates, (candidate) => open(candidate, onBytes))
    return { ...provider, warnings: [...lost, ...provider.warnings] }
  }
  const provider: Devices['provider'] = (onBytes, hasPlan) => {
    const known = opened.get(hasPlan)
    if (known) return known
    const opening = openFor(hasPlan, onBytes)
    opened.set(hasPlan, opening)
    opening.catch(() => {
      if (opened.get(hasPlan) === opening) opened.delete(hasPlan)
    })
    return opening
  }
  return {
    async likely(hasPlan) {
      const known = await opened.get(hasPlan)
      if (known) return known
      const { candidates } = candidatesFor(wanted, await browserFacts(), hasPlan)
      return candidates[0]!
    },
    provider,
    replace(failed, error, hasPlan) {
      lost.push(unavailable(failed, error instanceof Error ? error.message : String(error)))
      wanted = 'wasm'
      opened.clear()
      return provider(() => {}, hasPlan)
    },
  }
}
