// The child side of process-runner.ts, called by the entry module of a runner's process.

import { type CallMessage, createResponder } from '@koutu/core/channel'
import type { Runner } from '../ports/ports.ts'
import type { RunnerCalls } from './runner-calls.ts'

/** Serves the process that started this one, and ends with it. */
export function serveRunner(runner: Pick<Runner, 'warm' | 'run'>): void {
  const responder = createResponder<RunnerCalls>(
    {
      async warm(_, ctx) {
        await runner.warm(ctx)
        return null
      },
      ping: () => null,
      run: (request, ctx) => runner.run({ ...request, isIsolated: false }, ctx),
    },
    // The other side may be gone.
    { post: (message) => process.send?.(message, undefined, undefined, () => {}) },
  )
  process.on('message', (message: CallMessage) => responder.receive(message))
  // The parent process is gone, perhaps killed: no answer is needed.
  process.on('disconnect', () => process.exit())
  // The terminal sends these to all of its processes; the one that started this one decides.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => {})
}
