// The error of a finished job without a result.

import { fromJSON, KoutuError } from '@koutu/core'
import type { Job } from './job-service.ts'

/** Why an ended job has no result; null when it has one. */
export function failureOf(job: Job): KoutuError | null {
  switch (job.state) {
    case 'succeeded':
      return job.result ? null : new KoutuError('JOB_EXPIRED')
    case 'failed':
      return job.error ? fromJSON(job.error) : new KoutuError('INTERNAL')
    case 'canceled':
      return new KoutuError('JOB_CANCELED')
    case 'expired':
    case 'deleted':
      return new KoutuError('JOB_EXPIRED')
    case 'queued':
    case 'running':
      return new KoutuError('JOB_NOT_DONE', { detail: `it is ${job.state}` })
  }
}
