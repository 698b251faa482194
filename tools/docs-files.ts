// Files that are generated whole, each with what makes it.

import { Options as CoreOptions, describeOptions } from '@koutu/core'
import { Options } from '../packages/koutu/src/options.ts'
import { coreOptionsType, koutuOptionsType } from './options-type.ts'

export const FILES: Readonly<Record<string, () => string | Promise<string>>> = {
  'packages/core/src/options/options-type.ts': () => coreOptionsType(describeOptions(CoreOptions)),
  'packages/koutu/src/options-type.ts': () => koutuOptionsType(describeOptions(Options)),
}
