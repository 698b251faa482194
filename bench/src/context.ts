// What every row is given: how much to measure, on what, where to put files, and the environment of what it starts.

import type { Picture } from './pictures.ts'
import type { Settings } from './settings.ts'

export interface Context {
  readonly settings: Settings
  /** The evaluation folder. */
  readonly pictures: readonly Picture[]
  /** Empty at first, removed at the end. */
  readonly folder: string
  /** Models of this bench alone, prepared before the first row. */
  readonly cacheFolder: string
  /** Of every program that is measured. */
  readonly env: NodeJS.ProcessEnv
  readonly log: (line: string) => void
}

/** A row that cannot be measured here, and why. */
export class Skipped extends Error {}
