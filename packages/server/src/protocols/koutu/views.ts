// Jobs as clients see them.

import { fromJSON } from '@koutu/core'
import type { AppDeps } from '../../app-deps.ts'
import { type Problem, toProblem } from '../../http/problem.ts'
import { isOption } from '../../intake/cutout-options.ts'
import { type Batch, isFinal, type Job } from '../../jobs/job-service.ts'

export interface JobView {
  readonly id: string
  readonly state: Job['state']
  readonly position: number | null
  readonly secondsLeft: number | null
  readonly error: Problem | null
  readonly [key: string]: unknown
}

function resultPath(id: string): string {
  return `/v1/jobs/${id}/result`
}

type ViewDeps = Pick<AppDeps, 'jobs' | 'links' | 'clock' | 'settings'>

export async function jobView(job: Job, { jobs, links, clock, settings }: ViewDeps): Promise<JobView> {
  const { id, ownerId, batchId, state, progress, attempts, priority, fileName, input, coarse, result } = job
  const expiresAtMs = Math.min(
    clock.nowMs() + settings.linkLifeMs,
    job.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY,
  )
  const { position, secondsLeft } = await jobs.outlook(job)
  return {
    id,
    batchId,
    refines: coarse?.jobId ?? null,
    state,
    progress,
    position,
    secondsLeft,
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

interface BatchView {
  readonly id: string
  readonly isDone: boolean
  readonly jobs: readonly JobView[]
}

export async function batchView(batch: Batch, deps: ViewDeps): Promise<BatchView> {
  return {
    id: batch.id,
    isDone: batch.jobs.every(({ state }) => isFinal(state)),
    jobs: await Promise.all(batch.jobs.map((job) => jobView(job, deps))),
  }
}
