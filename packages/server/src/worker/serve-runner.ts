// The other end of process-runner.ts: what the entry module of a runner's process calls.

import { toKoutuError } from '@koutu/core'
import type { Runner } from '../ports/ports.ts'
import type { FromProcess, ToProcess } from './process-messages.ts'

/** Serves the process that started this one, and ends with it. */
export function serveRunner(runner: Pick<Runner, 'warm' | 'run'>): void {
  const running = new Map<number, AbortController>()
  // Nobody may be there any more to be told.
  const say = (message: FromProcess) => process.send?.(message, undefined, undefined, () => {})

  const work = async (message: Extract<ToProcess, { type: 'warm' | 'run' }>) => {
    const { id } = message
    const controller = new AbortController()
    running.set(id, controller)
    const ctx = {
      signal: controller.signal,
      onEvent: (event: Extract<FromProcess, { type: 'event' }>['event']) => say({ type: 'event', id, event }),
    }
    try {
      if (message.type === 'warm') {
        await runner.warm(ctx)
        say({ type: 'result', id, result: null })
      } else {
        const { input, options } = message
        say({ type: 'result', id, result: await runner.run({ input, options, isIsolated: false }, ctx) })
      }
    } catch (error) {
      say({ type: 'error', id, error: toKoutuError(error).toJSON() })
    } finally {
      running.delete(id)
    }
  }

  process.on('message', (message: ToProcess) => {
    if (message.type === 'abort') running.get(message.id)?.abort()
    else void work(message)
  })
  // Whoever started it is gone, killed perhaps: nobody wants an answer any more.
  process.on('disconnect', () => process.exit())
  // The terminal sends these to all of its processes; the one that started this one decides.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => {})
}
