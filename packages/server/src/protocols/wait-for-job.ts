// Waits for jobs on behalf of a client: until they end, the wait times out, the client disconnects, or the server stops.

import { isKoutuError } from '@koutu/core'
import type { AppDeps } from '../app-deps.ts'
import { readPrefer } from '../http/prefer.ts'
import type { AppContext } from '../http/route.ts'
import type { Job } from '../jobs/job-service.ts'

/** The ended job, or null when the wait is over first. */
export async function waitForJob(
  c: AppContext,
  id: string,
  { jobs }: AppDeps,
  signal: AbortSignal,
): Promise<Job | null> {
  try {
    return await jobs.wait(c.get('owner'), id, { signal })
  } catch (error) {
    if (isKoutuError(error) && error.code === 'ABORTED') return null
    throw error
  }
}

export function waitSignal(c: AppContext, { settings, ending }: AppDeps): AbortSignal {
  const { waitMs } = readPrefer(c.req.header('prefer'))
  const limit = AbortSignal.timeout(Math.min(waitMs ?? settings.maxWaitMs, settings.maxWaitMs))
  return AbortSignal.any([c.req.raw.signal, ending, limit])
}
