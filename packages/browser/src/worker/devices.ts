// Opens what runs networks here, and something else where it fails.

import type { LaneDeps } from '../engine/lane.ts'
import { type Candidate, candidatesFor, openFirst, type Provider, unavailable } from '../engine/provider.ts'
import { freeBinary, loadRuntime, type Runtime } from '../engine/runtime.ts'
import { runSelfTest } from '../engine/self-test.ts'
import type { AssetStore, OnBytes } from '../files/asset-store.ts'
import type { AssetManifest } from '../files/manifest.ts'
import type { Device } from '../messages.ts'
import { browserFacts } from './browser-facts.ts'

export interface Devices extends Pick<LaneDeps, 'provider' | 'replace'> {
  /** What is tried first. */
  likely(): Promise<Candidate>
}

export function createDevices({ runtimes, selfTests }: AssetManifest, device: Device, files: AssetStore): Devices {
  const open = async ({ name, threads, hasHalves }: Candidate, onBytes: OnBytes): Promise<Runtime> => {
    const runtime = await loadRuntime(runtimes[name], threads, files, onBytes)
    const precisions = name === 'wasm' ? ['fp32', 'int8'] : hasHalves ? ['fp32', 'fp16'] : ['fp32']
    const tests = selfTests.filter(({ precision }) => precisions.includes(precision))
    for (const test of tests) await runSelfTest(runtime, name, test, files)
    freeBinary(runtime)
    return runtime
  }
  const openFor = async (wanted: Device, onBytes: OnBytes) =>
    openFirst(candidatesFor(wanted, await browserFacts()), (candidate) => open(candidate, onBytes))

  let current: Promise<Provider> | null = null
  const keep = (opening: Promise<Provider>): Promise<Provider> => {
    current = opening
    opening.catch(() => {
      if (current === opening) current = null
    })
    return opening
  }
  return {
    async likely() {
      if (current) return current
      const { candidates } = candidatesFor(device, await browserFacts())
      return candidates[0]!
    },
    provider: (onBytes) => current ?? keep(openFor(device, onBytes)),
    async replace(failed, error) {
      const reason = error instanceof Error ? error.message : String(error)
      const warning = unavailable(failed, reason)
      const opened = await keep(
        openFor('wasm', () => {}).then((other) => ({ ...other, warnings: [warning, ...other.warnings] })),
      )
      return opened
    },
  }
}
