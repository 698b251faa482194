// The local engine on other devices than the processor, loaded only where one is asked for.

import { arch, platform } from 'node:os'
import type { Device, Engine } from '@koutu/core'
import {
  acceleratorsOf,
  cacheDir,
  createDeviceEngine,
  createDeviceTrials,
  createModelLocator,
  createOnnxEngine,
  createProcessorTrial,
  type DeviceTrials,
  findRecipe,
  readAdapters,
  tryDevice,
  tryProcessor,
} from '@koutu/node'
import type { EngineSettings } from './engines.ts'
import { openModelStore } from './model-store.ts'

/** `processor`: the engine that works where no device does. */
export function deviceEngine(
  device: Exclude<Device, 'cpu'>,
  processor: Engine,
  { idleMs, trial }: Pick<EngineSettings, 'idleMs' | 'trial'>,
): Engine {
  const folder = cacheDir()
  const tryOnce = trial ?? createProcessorTrial({ cacheDir: folder, run: tryProcessor })
  const locate = createModelLocator({
    store: openModelStore(true),
    trial: tryOnce,
    findRecipe: (id, sha256) => findRecipe(folder, id, sha256),
  })
  return createDeviceEngine(device, {
    processor,
    open: (accelerator) => createOnnxEngine({ locate, idleMs, device: accelerator }),
    present: async () => (await adapters()).present,
    possible: acceleratorsOf(`${platform()}-${arch()}`),
    trials: deviceTrials(),
    int8Share: () => int8Share(tryOnce),
  })
}

/** Of what int8 takes on this processor to what floats take, at most 1. */
export async function int8Share(
  trial = createProcessorTrial({ cacheDir: cacheDir(), run: tryProcessor }),
): Promise<number> {
  const { int8Ms, fp32Ms } = await trial()
  return Math.min(1, int8Ms / fp32Ms)
}

let reading: ReturnType<typeof readAdapters> | undefined
/** Read once: drivers do not change under a running program. */
function adapters(): ReturnType<typeof readAdapters> {
  reading ??= readAdapters()
  return reading
}

export function deviceTrials(): DeviceTrials {
  const facts = async () => (await adapters()).facts
  return createDeviceTrials({ cacheDir: cacheDir(), facts, run: tryDevice, nowMs: Date.now })
}
