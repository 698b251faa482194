// A progress bar on a terminal. Elsewhere there is none, because it would fill a log.

import { createRequire } from 'node:module'
import type { SingleBar } from 'cli-progress'
import type { Streams } from './reporter.ts'

/** Null where stderr is no terminal. `format` is cli-progress's own. */
export function startBar(
  stderr: Streams['stderr'],
  format: string,
  total: number,
  payload: Readonly<Record<string, unknown>> = {},
): SingleBar | null {
  if (!stderr.isTTY) return null
  // Loaded only where it shows: most runs have one image.
  const { SingleBar: Bar } = createRequire(import.meta.url)('cli-progress') as typeof import('cli-progress')
  const bar = new Bar({
    stream: stderr as NodeJS.WriteStream,
    format,
    barsize: 30,
    hideCursor: true,
    etaBuffer: 20,
  })
  bar.start(total, 0, payload)
  return bar
}
