// Counts the outcomes of a run, and stops it at a fault that would fail every other image, too.

import type { KoutuError } from '@koutu/core'
import { Options } from '../options.ts'
import type { Outcome } from './reporter.ts'

export interface RunTally {
  readonly counts: Readonly<Record<Outcome['status'], number>>
  /** The highest exit code of the failures; 0 where nothing failed. */
  readonly exit: number
  /** Fires with the signal of the command, and at a fault that would fail every other image. */
  readonly signal: AbortSignal
  /** Counts and reports. */
  settle(outcome: Outcome): void
  /** The same for an image that was worked on. One that was aborted does not count. */
  finish(outcome: Outcome): void
}

export function createTally(signal: AbortSignal, report: (outcome: Outcome) => void): RunTally {
  const counts = { done: 0, skipped: 0, failed: 0 }
  const stop = new AbortController()
  let exit = 0
  const settle = (outcome: Outcome) => {
    counts[outcome.status]++
    if (outcome.error) exit = Math.max(exit, outcome.error.row.exit)
    report(outcome)
  }
  return {
    counts,
    get exit() {
      return exit
    },
    signal: AbortSignal.any([signal, stop.signal]),
    settle,
    finish(outcome) {
      if (outcome.error?.code === 'ABORTED') return
      settle(outcome)
      if (outcome.error && isHopeless(outcome.error)) stop.abort()
    },
  }
}

/** Faults of the model, the engine or the disk: every other image would fail in the same way. */
function isHopeless({ code, row, data, cause }: KoutuError): boolean {
  if (code === 'INVALID_OPTIONS') return concernsModel(data.problems)
  if (code === 'OUTPUT_UNWRITABLE') return DISK_FAULTS.has((cause as NodeJS.ErrnoException | undefined)?.code ?? '')
  // Being offline concerns URLs only.
  return row.exit !== 1 && code !== 'OFFLINE'
}

const DISK_FAULTS: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EROFS'])

/** Problems are named by an option, which one image may not meet, or by the file that describes a model. */
function concernsModel(problems: unknown): boolean {
  const paths = ((problems ?? []) as readonly { path: string }[]).map(({ path }) => path)
  return paths.length > 0 && paths.every((path) => !(path.split('.')[0]! in Options.shape))
}
