// What the process gives a command: streams, an abort signal and the version.

import type { createRemover } from '../remover.ts'
import type { Streams } from './reporter.ts'

export interface Environment extends Streams {
  readonly stdin: AsyncIterable<Uint8Array>
  /** Fires on SIGINT and SIGTERM. */
  readonly signal: AbortSignal
  readonly version: string
  /** In place of the library's, where a process outlives its command. */
  readonly createRemover?: typeof createRemover
}
