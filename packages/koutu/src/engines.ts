// The engines koutu has, each made when it is first asked for.

import { type Codec, type Engine, KoutuError, type ResolvedOptions } from '@koutu/core'
import { createDreaminaEngine, type DreaminaClient } from '@koutu/dreamina'
import { openDreamina } from '@koutu/dreamina/node'
import {
  cacheDir,
  createModelLocator,
  createOnnxEngine,
  createProcessorTrial,
  encodeScaled,
  findRecipe,
  tryProcessor,
} from '@koutu/node'
import { dreaminaSetup } from './dreamina-setup.ts'
import { openModelStore } from './model-store.ts'

export interface Engines extends AsyncDisposable {
  /** The engine these options ask for. */
  for(options: ResolvedOptions): Engine
}

export function createEngines(codec: Codec, { idleMs }: { readonly idleMs: number }): Engines {
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
          return once('onnx', () => localEngine(idleMs))
        case 'dreamina': {
          const { dreaminaRegion: region, dreaminaUpscale: upscale } = options
          return once(`dreamina ${region} ${upscale}`, () => dreamina(codec, region, upscale))
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

function localEngine(idleMs: number): Engine {
  const folder = cacheDir()
  const locate = createModelLocator({
    store: openModelStore(true),
    trial: createProcessorTrial({ cacheDir: folder, run: tryProcessor }),
    findRecipe: (id, sha256) => findRecipe(folder, id, sha256),
  })
  return createOnnxEngine({ locate, idleMs })
}

/** The login is read for each picture: it may have come or gone since. */
function dreamina(codec: Codec, region: ResolvedOptions['dreaminaRegion'], upscale: boolean): Engine {
  const client: Pick<DreaminaClient, 'segment'> = {
    async segment(bytes, ctx) {
      const opened = await openDreamina(dreaminaSetup(region))
      return opened.client.segment(bytes, ctx)
    },
  }
  return createDreaminaEngine({ client, codec, nowMs: Date.now, resize: encodeScaled }, { upscale })
}
