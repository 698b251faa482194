// The options of an image as koutu offers them: core's, and those of every engine that koutu has.

import {
  Options as CoreOptions,
  engineOption,
  type GroupedOptions,
  LOCAL_ENGINE,
  resolve as resolveIn,
  resolveOptions as resolveOptionsIn,
} from '@koutu/core'
import { DREAMINA_ENGINE, DreaminaOptions } from '@koutu/dreamina/options'
import type * as z from 'zod'

export const Options = CoreOptions.extend({
  engine: engineOption([LOCAL_ENGINE, DREAMINA_ENGINE]),
  ...DreaminaOptions.shape,
})
export type Options = z.input<typeof Options>
export type ResolvedOptions = z.output<typeof Options>

/** Complete and checked. Errors: INVALID_OPTIONS. */
export function resolveOptions(options: Options | undefined): ResolvedOptions {
  return resolveOptionsIn(options, Options)
}

/** The same, in groups. */
export function resolve(options: Options | undefined): GroupedOptions {
  return resolveIn(options, Options)
}
