// Responses about jobs. Those of jobs that have not ended say in headers when to ask again.

import { KoutuError } from '@koutu/core'
import type { AppDeps } from '../../app-deps.ts'
import type { AppContext } from '../../http/route.ts'
import { type Batch, isFinal, type Job } from '../../jobs/job-service.ts'
import type { Outlook } from '../../jobs/queue-outlook.ts'
import { batchView, jobView } from './views.ts'

/** Where nothing is known to estimate from. */
const UNKNOWN_SECONDS = 2
/** A client that asks is not told to stay away for longer: the job may be canceled, or the queue may shrink. */
const MAX_SECONDS = 60

export async function respondWithJob(c: AppContext, job: Job, status: 200 | 202, deps: AppDeps): Promise<Response> {
  const view = await jobView(job, deps)
  if (!isFinal(job.state)) setHeaders(c, view)
  return c.json(view, status)
}

/** The headers are those of the job that ends last. */
export async function respondWithBatch(
  c: AppContext,
  batch: Batch,
  status: 200 | 202,
  deps: AppDeps,
): Promise<Response> {
  const view = await batchView(batch, deps)
  const waiting = view.jobs.filter(({ state }) => !isFinal(state))
  const last = waiting.toSorted((a, b) => (a.secondsLeft ?? 0) - (b.secondsLeft ?? 0)).at(-1)
  if (last) setHeaders(c, last)
  return c.json(view, status)
}

/** For a client that asks for the result of a job that has not ended. */
export async function notDone(job: Job, deps: AppDeps): Promise<KoutuError> {
  const outlook = await deps.jobs.outlook(job)
  const { position, secondsLeft } = outlook
  const data = { position, secondsLeft, retryAfterSeconds: retryAfterSeconds(outlook) }
  return new KoutuError('JOB_NOT_DONE', { detail: `it is ${job.state}`, data })
}

function setHeaders(c: AppContext, outlook: Outlook): void {
  const { position, secondsLeft } = outlook
  c.header('retry-after', String(retryAfterSeconds(outlook)))
  if (position !== null) c.header('koutu-queue-position', String(position))
  if (secondsLeft !== null) c.header('koutu-seconds-left', String(secondsLeft))
}

function retryAfterSeconds({ secondsLeft }: Outlook): number {
  return Math.min(MAX_SECONDS, Math.max(1, secondsLeft ?? UNKNOWN_SECONDS))
}
