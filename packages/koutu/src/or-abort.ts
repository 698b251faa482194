// Waits that end on abort, whatever they wait for.

import { KoutuError } from '@koutu/core'

/** What `work` gives, or ABORTED as soon as the signal says so. Work that stalls is left behind; what becomes of it is ignored. */
export async function orAbort<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(new KoutuError('ABORTED', { cause: signal.reason }))
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
