// Maps jobs to records of this protocol. Pure.

import { createHash } from 'node:crypto'
import { fromJSON, KoutuError } from '@koutu/core'
import type { RecordFacts, RecordImage, RecordState } from '@koutu/dreamina'
import type { JobAlias } from '../../jobs/job-aliases.ts'
import type { Job, Owner } from '../../jobs/job-service.ts'
import { refusalOf } from './codes.ts'

/** `imageOf` is asked only where there is an image. */
export function recordFacts(
  alias: JobAlias,
  job: Job,
  imageOf: (job: Job) => RecordImage | null,
  queueLength: number,
): RecordFacts {
  return {
    historyId: alias.number,
    submitId: alias.name,
    userId: userIdOf({ id: alias.ownerId }),
    createdMs: job.createdAt.getTime(),
    queueLength,
    state: stateOf(job, imageOf),
  }
}

function stateOf(job: Job, imageOf: (job: Job) => RecordImage | null): RecordState {
  if (job.state === 'queued' || job.state === 'running') return { type: 'waiting' }
  const finishedMs = (job.endedAt ?? job.createdAt).getTime()
  const failure = failureOf(job)
  const image = failure ? null : imageOf(job)
  if (image) return { type: 'done', image, finishedMs }
  const { ret, errmsg } = refusalOf(failure ?? new KoutuError('JOB_EXPIRED'))
  return { type: 'failed', failCode: ret, failMessage: errmsg, finishedMs }
}

function failureOf({ state, error, result }: Job): KoutuError | null {
  if (state === 'failed') return error ? fromJSON(error) : new KoutuError('INTERNAL')
  if (state === 'canceled') return new KoutuError('JOB_CANCELED')
  // An empty image would look like success to clients that look at nothing else.
  if (state === 'succeeded' && result && !result.report.subject) return new KoutuError('SUBJECT_NOT_FOUND')
  return null
}

/** 15 decimal digits that stay the same for an owner and do not name it. */
export function userIdOf({ id }: Owner): string {
  const hash = createHash('sha256').update(`dreamina user ${id}`).digest('hex').slice(0, 12)
  return String(100_000_000_000_000 + (Number.parseInt(hash, 16) % 900_000_000_000_000))
}
