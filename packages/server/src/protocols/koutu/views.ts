// Jobs as clients see them.

import { fromJSON } from '@koutu/core'
import type { AppDeps } from '../../app-deps.ts'
import { type Problem, toProblem } from '../../http/problem.ts'
import { isOption } from '../../intake/cutout-options.ts'
import { type Batch, isFinal, type Job } from '../../jobs/job-service.ts'

export interface JobView {
  readonly id: string
  readonly state: Job['state']
  readonly error: Problem | null
  readonly [key: string]: unknown
}

function resultPath(id: string): string {
  return `/v1/jobs/${id}/result`
}

export function jobView(job: Job, { links, clock, settings }: Pick<AppDeps, 'links' | 'clock' | 'settings'>): JobView {
  const { id, ownerId, batchId, state, progress, attempts, priority, fileName, input, coarse, result } = job
  const expiresAtMs = Math.min(
    clock.nowMs() + settings.linkLifeMs,
    job.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY,
  )
  return {
    id,
    batchId,
    refines: coarse?.jobId ?? null,
    state,
    progress,
    attempts,
    priority,
    fileName,
    createdAt: job.createdAt.toISOString(),
    startedAt: job.startedAt?.toISOString() ?? null,
    endedAt: job.endedAt?.toISOString() ?? null,
    expiresAt: job.expiresAt?.toISOString() ?? null,
    input: { bytes: input.bytes, contentType: input.contentType, sha256: input.sha256 },
    options: Object.fromEntries(Object.entries(job.options).filter(([key]) => isOption(key))),
    result:
      state === 'succeeded' && result
        ? {
            url: links.sign(resultPath(id), ownerId, expiresAtMs),
            bytes: result.blob.bytes,
            contentType: result.blob.contentType,
            sha256: result.blob.sha256,
            width: result.width,
            height: result.height,
            report: result.report,
          }
        : null,
    error: job.error ? toProblem(fromJSON(job.error)) : null,
  }
}

export function batchView(batch: Batch, deps: Pick<AppDeps, 'links' | 'clock' | 'settings'>) {
  return {
    id: batch.id,
    isDone: batch.jobs.every(({ state }) => isFinal(state)),
    jobs: batch.jobs.map((job) => jobView(job, deps)),
  }
}
