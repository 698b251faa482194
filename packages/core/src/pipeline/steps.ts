// Runs the steps of one call: stops before each if the call was aborted, measures its time, and reports progress.

import { KoutuError, throwIfAborted, toKoutuError } from '../errors/koutu-error.ts'
import type { Clock, Ctx, StepName, Warning } from '../ports/ports.ts'
import { createProgress } from './progress.ts'

export interface Steps {
  /** For what a step calls: its progress is progress of the step. */
  readonly ctx: Ctx
  /** Milliseconds of each step so far. */
  readonly timingsMs: Readonly<Record<string, number>>
  /** Errors: ABORTED; those of `work`, as KoutuErrors. */
  run<T>(name: StepName, work: () => Promise<T> | T): Promise<T>
  /** Ends the progress. */
  done(warnings: readonly Warning[]): void
}

/** `isRefined`: whether a matting network will run. */
export function createSteps(clock: Clock, { signal, onEvent }: Ctx, isRefined: boolean): Steps {
  const progress = createProgress(onEvent, isRefined)
  const timingsMs: Record<string, number> = {}
  return {
    ctx: {
      ...(signal ? { signal } : {}),
      onEvent(event) {
        if (event.type === 'progress') progress.within(event.fraction)
        else if (event.type === 'model' || event.type === 'queue') onEvent?.(event)
      },
    },
    timingsMs,
    async run(name, work) {
      throwIfAborted(signal)
      progress.enter(name)
      const begin = clock.nowMs()
      try {
        return await work()
      } catch (error) {
        throw signal?.aborted ? new KoutuError('ABORTED', { cause: error }) : toKoutuError(error)
      } finally {
        timingsMs[name] = clock.nowMs() - begin
      }
    },
    done(warnings) {
      throwIfAborted(signal)
      for (const warning of warnings) progress.warn(warning)
      progress.done()
    },
  }
}
