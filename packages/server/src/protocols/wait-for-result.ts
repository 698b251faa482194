// Waits for a result in protocols without jobs. A job whose client disconnects or times out is canceled, because nobody could
// ask for its result.

import { KoutuError } from '@koutu/core'
import type { AppDeps } from '../app-deps.ts'
import type { AppContext } from '../http/route.ts'
import { failureOf } from '../jobs/job-failure.ts'
import type { Job, JobResult } from '../jobs/job-service.ts'
import { waitForJob, waitSignal } from './wait-for-job.ts'

export interface Finished {
  readonly job: Job
  readonly result: JobResult
}

/** Cancels the job when the wait is over first. Errors: those of the job; ABORTED, SERVER_STOPPING, JOB_TIMEOUT. */
export async function waitForResult(c: AppContext, id: string, deps: AppDeps): Promise<Finished> {
  c.get('logFields').job = id
  const job = await waitForJob(c, id, deps, waitSignal(c, deps))
  if (!job) {
    await deps.jobs.cancel(c.get('owner'), id)
    throw whyOver(c, deps)
  }
  const failure = failureOf(job)
  if (failure) throw failure
  return { job, result: job.result! }
}

function whyOver(c: AppContext, { settings, ending }: AppDeps): KoutuError {
  if (c.req.raw.signal.aborted) return new KoutuError('ABORTED')
  if (ending.aborted) return new KoutuError('SERVER_STOPPING')
  const limit = settings.maxWaitMs
  return new KoutuError('JOB_TIMEOUT', { detail: `not done after ${limit / 1000} s`, data: { limit } })
}
