// The Dreamina engine as koutu wires it: the stored login, this machine's clock and codec.

import type { Codec, Engine, ResolvedOptions } from '@koutu/core'
import { createDreaminaEngine, type DreaminaClient } from '@koutu/dreamina'
import { openDreamina } from '@koutu/dreamina/node'
import { encodeScaled } from '@koutu/node'
import { dreaminaSetup } from './dreamina-setup.ts'

/** The login is read for each picture: it may have come or gone since. */
export function dreaminaEngine(codec: Codec, region: ResolvedOptions['dreaminaRegion'], upscale: boolean): Engine {
  const client: Pick<DreaminaClient, 'segment'> = {
    async segment(bytes, ctx) {
      const opened = await openDreamina(dreaminaSetup(region))
      return opened.client.segment(bytes, ctx)
    },
  }
  return createDreaminaEngine({ client, codec, nowMs: Date.now, resize: encodeScaled }, { upscale })
}
