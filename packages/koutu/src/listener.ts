// Guards against listeners that throw.

import type { Ctx, Warning } from '@koutu/core'
import { shorten } from './shorten.ts'

export interface GuardedCtx {
  readonly ctx: Ctx
  /** What the listener threw, if anything. */
  readonly warnings: readonly Warning[]
}

/** The same context with a listener that never throws. After it has, it is told nothing more. */
export function guardListener({ signal, onEvent }: Ctx): GuardedCtx {
  const warnings: Warning[] = []
  const fail = (error: unknown) => {
    if (warnings.length > 0) return
    const reason = shorten(error instanceof Error ? error.message : String(error))
    warnings.push({ code: 'listener-failed', message: `onEvent threw and was not called again: ${reason}` })
  }
  const guarded: Ctx['onEvent'] = (event) => {
    if (warnings.length > 0) return
    try {
      const answer: unknown = onEvent?.(event)
      // Of an async function the error comes later.
      Promise.resolve(answer).catch(fail)
    } catch (error) {
      fail(error)
    }
  }
  return { ctx: { ...(signal ? { signal } : {}), ...(onEvent ? { onEvent: guarded } : {}) }, warnings }
}
