// What a worker asks of a runner's process. Bytes cross as they are (structured clone).

import type { RunRequest, RunResult } from '../ports/ports.ts'

export type RunnerCalls = {
  warm(request: null): null
  run(request: Pick<RunRequest, 'input' | 'options'>): RunResult
}
