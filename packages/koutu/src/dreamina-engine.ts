// The Dreamina engine as koutu wires it: the stored login, this machine's clock and codec.

import type { Codec, Engine, Limits } from '@koutu/core'
import { createDreaminaEngine, type DreaminaClient } from '@koutu/dreamina'
import { openDreamina } from '@koutu/dreamina/node'
import type { DreaminaOptions } from '@koutu/dreamina/options'
import { encodeScaled } from '@koutu/node'
import { dreaminaSetup } from './dreamina-setup.ts'

/** The login is read for each image: it may have come or gone since. */
export function dreaminaEngine(
  codec: Codec,
  { dreaminaRegion, dreaminaUpscale }: DreaminaOptions,
  limits: Limits,
): Engine {
  const client: Pick<DreaminaClient, 'segment'> = {
    async segment(bytes, ctx) {
      const opened = await openDreamina(dreaminaSetup(dreaminaRegion))
      return opened.client.segment(bytes, ctx)
    },
  }
  const deps = { client, codec, nowMs: Date.now, resize: encodeScaled }
  return createDreaminaEngine(deps, { upscale: dreaminaUpscale, limits })
}
