// The options of an image as koutu offers them: core's, and those of every engine that koutu has. In the library each may be
// written as the command writes it, too.

import {
  Options as CoreOptions,
  DeviceOptions,
  decodeTexts,
  describeOptions,
  engineOption,
  type GroupedOptions,
  groupOptions,
  LOCAL_ENGINE,
  resolveOptions as resolveIn,
} from '@koutu/core'
import type * as z from '@koutu/core/zod'
import { DREAMINA_ENGINE, DreaminaOptions } from '@koutu/dreamina/options'
import type { Options as OptionsType } from './options-type.ts'

export const Options = CoreOptions.extend({
  engine: engineOption([LOCAL_ENGINE, DREAMINA_ENGINE]),
  ...DeviceOptions.shape,
  ...DreaminaOptions.shape,
})
type TypedOptions = z.input<typeof Options>
/** Values of their own types, or in the text forms of the command: `margin: '5%'`, `background: 'white'`, `maxBytes: '10MB'`. */
export type Options = OptionsType
export type ResolvedOptions = z.output<typeof Options>

const DESCRIPTORS = describeOptions(Options)

/** Complete and checked. Errors: INVALID_OPTIONS. */
export function resolveOptions(options: Options | undefined): ResolvedOptions {
  return resolveIn(decodeTexts(DESCRIPTORS, options) as TypedOptions | undefined, Options)
}

/** The same, in groups. */
export function resolve(options: Options | undefined): GroupedOptions {
  return groupOptions(resolveOptions(options))
}
