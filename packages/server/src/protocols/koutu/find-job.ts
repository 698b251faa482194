// The job that a path names.

import { KoutuError } from '@koutu/core'
import type { AppDeps } from '../../app-deps.ts'
import type { AppContext } from '../../http/route.ts'
import type { Job } from '../../jobs/job-service.ts'

/** Errors: JOB_NOT_FOUND. */
export async function findJob(c: AppContext, { jobs }: AppDeps): Promise<Job> {
  const job = await jobs.get(c.get('owner'), c.req.param('id')!)
  if (!job) throw new KoutuError('JOB_NOT_FOUND')
  c.get('logFields').job = job.id
  return job
}
