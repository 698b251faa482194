// Remembers what the trials of accelerators found, under names that contain everything they depend on: the accelerator, the
// processor it was compared with, the drivers and the runtime.

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Accelerator } from '@koutu/core'
import { installedRuntime } from '@koutu/ort/candidates'
import { version as RUNTIME } from '@koutu/ort/version'
import { writeAtomic } from '../models/files.ts'
import { DEVICE_TRIAL_VERSION, type DeviceTrial } from './device-trial.ts'
import { reasonOf } from './reason.ts'

export interface DeviceTrials {
  /** As remembered, else tried now. `again`: what is tried once more. Calls at the same time share one trial. */
  find(device: Accelerator, options?: { readonly again?: 'never' | 'faults' | 'always' }): Promise<DeviceTrial>
  /** Remembers that a device failed while it worked. */
  fail(device: Accelerator, reason: string): Promise<void>
}

export interface DeviceTrialsDeps {
  readonly cacheDir: string
  /** Of `readAdapters`. */
  readonly facts: () => Promise<readonly string[]>
  readonly run: (device: Accelerator) => Promise<DeviceTrial>
  readonly nowMs: () => number
}

interface Remembered {
  readonly trial: DeviceTrial
  readonly triedAtMs: number
}

/** A fault may have been a moment's: a busy device, a driver that was being replaced. */
const FAULT_LIFE_MS = 24 * 3_600_000

export function createDeviceTrials({ cacheDir, facts, run, nowMs }: DeviceTrialsDeps): DeviceTrials {
  const pathOf = async (device: Accelerator): Promise<string> => {
    const all = JSON.stringify([device, await facts(), RUNTIME, installedRuntime(), DEVICE_TRIAL_VERSION])
    return join(cacheDir, `device-${device}-${createHash('sha256').update(all).digest('hex').slice(0, 24)}.json`)
  }
  // A cache that cannot be written costs a trial at each start, no image.
  const remember = async (device: Accelerator, trial: DeviceTrial): Promise<void> => {
    const remembered: Remembered = { trial, triedAtMs: nowMs() }
    await writeAtomic(await pathOf(device), [Buffer.from(`${JSON.stringify(remembered)}\n`)]).catch(() => {})
  }
  const running = new Map<Accelerator, Promise<DeviceTrial>>()
  const tryNow = async (device: Accelerator): Promise<DeviceTrial> => {
    const trial = await run(device).catch((error: unknown): DeviceTrial => ({ fault: reasonOf(error) }))
    await remember(device, trial)
    return trial
  }
  return {
    async find(device, { again = 'never' } = {}) {
      const remembered = again === 'always' ? null : await readRemembered(await pathOf(device))
      const isCurrent =
        remembered?.trial.fault === null ||
        (remembered !== null && again === 'never' && nowMs() - remembered.triedAtMs < FAULT_LIFE_MS)
      if (remembered && isCurrent) return remembered.trial
      const pending = running.get(device) ?? tryNow(device).finally(() => running.delete(device))
      running.set(device, pending)
      return pending
    },
    fail: (device, reason) => remember(device, { fault: reason }),
  }
}

async function readRemembered(path: string): Promise<Remembered | null> {
  try {
    const { trial, triedAtMs } = JSON.parse(await readFile(path, 'utf8')) as Remembered
    return isTrial(trial) && Number.isFinite(triedAtMs) ? { trial, triedAtMs } : null
  } catch {
    return null
  }
}

function isTrial(value: DeviceTrial): boolean {
  if (value.fault !== null) return typeof value.fault === 'string'
  const { offBy, hasHalves, deviceMs, processorMs } = value
  return [offBy, deviceMs, processorMs].every(Number.isFinite) && typeof hasHalves === 'boolean'
}
