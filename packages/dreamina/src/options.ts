// The options that Dreamina adds to an image. A separate entry point, because the schema is needed long before the client.

import { type EngineChoice, optionInfo } from '@koutu/core'
import * as z from '@koutu/core/zod'

export const DREAMINA_ENGINE = {
  id: 'dreamina',
  about: 'the Dreamina service with an account of your own',
} as const satisfies EngineChoice

export const DreaminaOptions = z.strictObject({
  dreaminaRegion: z.enum(['CN', 'US', 'HK', 'JP', 'SG']).optional().register(optionInfo, {
    title: 'Dreamina region',
    help: 'Region of the Dreamina account, if not that of the login.',
    group: 'engine',
  }),
  dreaminaUpscale: z.boolean().default(false).register(optionInfo, {
    title: 'Dreamina upscale',
    help: 'Take only the alpha from Dreamina and refine it at the full size of the image.',
    group: 'engine',
  }),
})
export type DreaminaOptions = z.output<typeof DreaminaOptions>
