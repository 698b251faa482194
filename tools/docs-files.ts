// Files that are generated whole, each with what makes it.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Options as CoreOptions, describeOptions } from '@koutu/core'
import { Options } from '../packages/koutu/src/options.ts'
import { manPage } from './man-page.ts'
import { coreOptionsType, koutuOptionsType } from './options-type.ts'

const MANIFEST = join(import.meta.dirname, '../packages/koutu/package.json')

export const FILES: Readonly<Record<string, () => string | Promise<string>>> = {
  'packages/core/src/options/options-type.ts': () => coreOptionsType(describeOptions(CoreOptions)),
  'packages/koutu/src/options-type.ts': () => koutuOptionsType(describeOptions(Options)),
  'packages/koutu/man/koutu.1': () =>
    manPage((JSON.parse(readFileSync(MANIFEST, 'utf8')) as { version: string }).version),
}
