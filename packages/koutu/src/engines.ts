// The engines koutu has, each made when it is first asked for.

import { type Codec, type Engine, KoutuError, type ResolvedOptions } from '@koutu/core'
import {
  cacheDir,
  createModelLocator,
  createOnnxEngine,
  createProcessorTrial,
  findRecipe,
  type Load,
  rememberLoad,
  tryProcessor,
} from '@koutu/node'
import type { StartedInference } from '@koutu/node/inference'
import { lazyEngine } from './lazy-engine.ts'
import { openModelStore } from './model-store.ts'

export interface Engines extends AsyncDisposable {
  /** The engine these options ask for. */
  for(options: ResolvedOptions): Engine
}

export interface EngineSettings {
  readonly idleMs: number
  /** An inference process that is starting already. */
  readonly started?: StartedInference | undefined
  /** Networks that run at the same time. */
  readonly lanes: number
}

export function createEngines(codec: Codec, settings: EngineSettings): Engines {
  const made = new Map<string, Engine>()
  const once = (key: string, make: () => Engine): Engine => {
    const engine = made.get(key) ?? make()
    made.set(key, engine)
    return engine
  }
  return {
    for(options) {
      switch (options.engine) {
        case 'onnx':
          return once('onnx', () => localEngine(settings))
        case 'dreamina': {
          const { dreaminaRegion: region, dreaminaUpscale: upscale } = options
          // Most runs never ask for it, and its parts take a while to load.
          const load = async () => (await import('./dreamina-engine.ts')).dreaminaEngine(codec, region, upscale)
          return once(`dreamina ${region} ${upscale}`, () =>
            lazyEngine({ id: 'dreamina', produces: upscale ? 'alpha' : 'cutout' }, load),
          )
        }
        default:
          throw new KoutuError('ENGINE_UNAVAILABLE', { detail: `there is no engine '${options.engine}'` })
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...made.values()].map((engine) => engine[Symbol.asyncDispose]()))
    },
  }
}

function localEngine({ idleMs, started, lanes }: EngineSettings): Engine {
  const folder = cacheDir()
  const locate = createModelLocator({
    store: openModelStore(true),
    trial: createProcessorTrial({ cacheDir: folder, run: tryProcessor }),
    findRecipe: (id, sha256) => findRecipe(folder, id, sha256),
  })
  // With several networks each has fewer threads than one alone would: no guess for the next start.
  const onLoad = lanes === 1 ? (load: Load) => void rememberLoad(folder, load) : undefined
  return createOnnxEngine({ locate, idleMs, started, onLoad, lanes })
}
