// The options of an image as the server knows them: core's, and those of the engines that it may be allowed to use.

import { Options as CoreOptions, engineOption, LOCAL_ENGINE } from '@koutu/core'
import { DREAMINA_ENGINE, DreaminaOptions } from '@koutu/dreamina/options'

export const Options = CoreOptions.extend({
  engine: engineOption([LOCAL_ENGINE, DREAMINA_ENGINE]),
  ...DreaminaOptions.shape,
})
