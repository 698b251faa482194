// The engines of koutu, each created on first use.

import { type Codec, type Device, type Engine, type GroupedOptions, KoutuError, type Refiners } from '@koutu/core'
import { DreaminaOptions } from '@koutu/dreamina/options'
import {
  cacheDir,
  createModelLocator,
  createOnnxEngine,
  createOnnxRefiners,
  createProcessorTrial,
  createRefinerLocator,
  findRecipe,
  type Load,
  rememberLoad,
  type TrialResult,
  tryProcessor,
} from '@koutu/node'
import type { StartedInference } from '@koutu/node/inference'
import { lazyEngine } from './lazy-engine.ts'
import { openModelStore } from './model-store.ts'

export interface Engines extends AsyncDisposable {
  /** The engine these options ask for. Errors: ENGINE_UNAVAILABLE, OFFLINE. */
  for(options: GroupedOptions): Engine
  /** The matting networks that an option may name. */
  refiners(): Refiners
}

export interface EngineSettings {
  readonly idleMs: number
  /** An inference process that is starting already. */
  readonly started?: StartedInference | undefined
  /** Networks that run at the same time. */
  readonly lanes: number
  /** Whether an image that is alone has a network on all processors. */
  readonly soloNetwork: boolean
  /** What int8 is worth on this processor; found by a trial unless given. */
  readonly trial?: (() => Promise<TrialResult>) | undefined
}

export function createEngines(codec: Codec, settings: EngineSettings): Engines {
  let local: Engine | undefined
  const devices = new Map<Device, Engine>()
  const onDevice = (device: Device): Engine => {
    local ??= localEngine(settings)
    if (device === 'cpu') return local
    const processor = local
    const load = async () => (await import('./device.ts')).deviceEngine(device, processor, settings)
    const engine = devices.get(device) ?? lazyEngine(local, load)
    devices.set(device, engine)
    return engine
  }
  let refiners: Refiners | undefined
  return {
    for(options) {
      switch (options.engine.id) {
        case 'onnx':
          return onDevice((options.engine.options.device ?? 'cpu') as Device)
        case 'dreamina':
          return dreamina(options, codec)
        default:
          throw new KoutuError('ENGINE_UNAVAILABLE', { detail: `there is no engine '${options.engine.id}'` })
      }
    },
    refiners() {
      refiners ??= createOnnxRefiners({ locate: createRefinerLocator(openModelStore(true)), idleMs: settings.idleMs })
      return refiners
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([local, refiners, ...devices.values()].map((one) => one?.[Symbol.asyncDispose]()))
    },
  }
}

function localEngine({ idleMs, started, lanes, soloNetwork, trial }: EngineSettings): Engine {
  const folder = cacheDir()
  const locate = createModelLocator({
    store: openModelStore(true),
    trial: trial ?? createProcessorTrial({ cacheDir: folder, run: tryProcessor }),
    findRecipe: (id, sha256) => findRecipe(folder, id, sha256),
  })
  // With several networks each has fewer threads than one alone would: no guess for the next start.
  const onLoad = lanes === 1 ? (load: Load) => void rememberLoad(folder, load) : undefined
  return createOnnxEngine({ locate, idleMs, started, onLoad, lanes, soloNetwork })
}

/** Holds nothing between calls, so each call has its own. */
function dreamina({ engine, limits, network }: GroupedOptions, codec: Codec): Engine {
  if (network.offline) throw new KoutuError('OFFLINE', { detail: 'the dreamina engine is a service on the network' })
  const own = DreaminaOptions.strip().parse(engine.options)
  // Most runs never ask for it, and its parts take a while to load.
  const load = async () => (await import('./dreamina-engine.ts')).dreaminaEngine(codec, own, limits)
  return lazyEngine({ id: 'dreamina', produces: own.dreaminaUpscale ? 'alpha' : 'cutout' }, load)
}
