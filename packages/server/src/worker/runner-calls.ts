// The calls from a worker to the process of its runner. Bytes are passed by structured clone.

import type { RunRequest, RunResult } from '../ports/ports.ts'

export type RunnerRequest = Omit<RunRequest, 'isIsolated'>

export type RunnerCalls = {
  warm(request: null): null
  /** Answered at once by a process that is alive. */
  ping(request: null): null
  run(request: RunnerRequest): RunResult
}
