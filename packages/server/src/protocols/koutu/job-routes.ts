// /v1/jobs: state, events and results of jobs.

import { z } from '@hono/zod-openapi'
import { KoutuError, resolveWith } from '@koutu/core'
import { streamSSE } from 'hono/streaming'
import type { AppDeps } from '../../app-deps.ts'
import { type AppContext, GATE_PROBLEMS, json, problems, type Router, singleQuery } from '../../http/route.ts'
import { failureOf } from '../../jobs/job-failure.ts'
import { isFinal, JOB_STATES } from '../../jobs/job-service.ts'
import { openEvents } from '../limited-response.ts'
import { resultResponse } from '../result-response.ts'
import { RESULT_CONTENT } from '../route-parts.ts'
import { findJob } from './find-job.ts'
import { sendEvents } from './job-events.ts'
import { notDone, respondWithJob } from './job-response.ts'
import { JobId } from './route-parts.ts'
import { JobListSchema, JobSchema } from './schemas.ts'
import { jobView } from './views.ts'

const ListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(500).optional(),
  state: z.enum(JOB_STATES).optional(),
})

export function addJobs(router: Router, deps: AppDeps): void {
  addList(router, deps)
  addRecord(router, deps)
  addRetry(router, deps)
  addResult(router, deps)
  addEvents(router, deps)
}

function addList(router: Router, deps: AppDeps): void {
  router.add({
    method: 'get',
    path: '/v1/jobs',
    scope: 'jobs:read',
    summary: 'List jobs, newest first',
    request: { query: ListQuery },
    responses: { 200: json('A page of jobs.', JobListSchema), ...problems(...GATE_PROBLEMS) },
    async handler(c) {
      const { limit, cursor, state } = resolveWith(ListQuery, singleQuery(c))
      const page = await deps.jobs.list(c.get('owner'), {
        limit,
        ...(cursor ? { cursor } : {}),
        ...(state ? { state } : {}),
      })
      const views = await Promise.all(page.jobs.map((job) => jobView(job, deps)))
      return c.json({ jobs: views, nextCursor: page.nextCursor })
    },
  })
}

function addRecord(router: Router, deps: AppDeps): void {
  router.add({
    method: 'get',
    path: '/v1/jobs/{id}',
    scope: 'jobs:read',
    summary: 'Get a job',
    request: { params: JobId },
    responses: { 200: json('The job.', JobSchema), ...problems('JOB_NOT_FOUND', ...GATE_PROBLEMS) },
    handler: async (c) => respondWithJob(c, await findJob(c, deps), 200, deps),
  })
  router.add({
    method: 'delete',
    path: '/v1/jobs/{id}',
    scope: 'cutouts:write',
    summary: 'Cancel a job, or delete the images of a finished one',
    description: 'The record of a deleted job remains until its retention ends. Idempotent.',
    request: { params: JobId },
    responses: {
      200: json('The job, now `canceled` or `deleted`.', JobSchema),
      ...problems('JOB_NOT_FOUND', 'STORAGE_FAILED', ...GATE_PROBLEMS),
    },
    async handler(c) {
      const job = await deps.jobs.delete(c.get('owner'), c.req.param('id')!)
      if (!job) throw new KoutuError('JOB_NOT_FOUND')
      return respondWithJob(c, job, 200, deps)
    },
  })
}

function addRetry(router: Router, deps: AppDeps): void {
  const { jobs, settings, stopping } = deps
  router.add({
    method: 'post',
    path: '/v1/jobs/{id}/retry',
    scope: 'cutouts:write',
    summary: 'Run a job again that has no good result',
    description:
      'For a job that failed or was canceled, and for one whose result is missing or damaged (`BLOB_DAMAGED`), while its input is kept. Any other job stays as it is. Idempotent.',
    request: { params: JobId },
    responses: {
      200: json('The job has a good result.', JobSchema),
      202: json('The job is queued or running.', JobSchema),
      ...problems(
        'JOB_NOT_FOUND',
        'JOB_EXPIRED',
        'INPUT_NOT_FOUND',
        'QUEUE_FULL',
        'TOO_MANY_JOBS',
        'SERVER_STOPPING',
        ...GATE_PROBLEMS,
      ),
    },
    async handler(c) {
      if (stopping.aborted) throw new KoutuError('SERVER_STOPPING')
      const { id } = await findJob(c, deps)
      const maxUnfinished = c.get('key')?.maxConcurrent ?? settings.maxUnfinished
      const job = await jobs.retry(c.get('owner'), id, { maxUnfinished })
      if (!job) throw new KoutuError('JOB_NOT_FOUND')
      return respondWithJob(c, job, isFinal(job.state) ? 200 : 202, deps)
    },
  })
}

function addResult(router: Router, deps: AppDeps): void {
  router.add({
    method: 'get',
    path: '/v1/jobs/{id}/result',
    scope: 'jobs:read',
    summary: 'Get the result',
    description: 'Supports `If-None-Match` and `Range`. The link in the job (`result.url`) needs no API key.',
    request: { params: JobId },
    responses: {
      200: { description: 'The image.', content: RESULT_CONTENT },
      206: { description: 'A byte range of it.', content: RESULT_CONTENT },
      304: { description: 'Not modified.' },
      ...problems(
        'JOB_NOT_FOUND',
        'JOB_NOT_DONE',
        'JOB_CANCELED',
        'JOB_EXPIRED',
        'LINK_INVALID',
        'RANGE_INVALID',
        'JOB_TIMEOUT',
        'JOB_CRASHED_REPEATEDLY',
        'ENGINE_FAILED',
        'IMAGE_CORRUPT',
        'IMAGE_UNSUPPORTED',
        'IMAGE_TOO_LARGE',
        ...GATE_PROBLEMS,
      ),
    },
    async handler(c) {
      const job = await findJob(c, deps)
      const failure = failureOf(job)
      if (failure) throw isFinal(job.state) ? failure : await notDone(job, deps)
      return resultResponse(c, job, job.result!, deps)
    },
  })
}

function addEvents(router: Router, deps: AppDeps): void {
  router.add({
    method: 'get',
    path: '/v1/jobs/{id}/events',
    scope: 'jobs:read',
    summary: 'Stream the events of a job as server-sent events',
    description:
      'Events `state` and `progress` with increasing ids. `Last-Event-ID` resumes after an event. Ends after the final state. ' +
      'Between them, events `outlook` tell `position` and `secondsLeft` when they change, at most once a second.',
    request: {
      params: JobId,
      headers: z.object({ 'last-event-id': z.string().optional() }),
    },
    responses: {
      200: { description: 'Events.', content: { 'text/event-stream': { schema: z.string() } } },
      ...problems('JOB_NOT_FOUND', ...GATE_PROBLEMS),
    },
    // Who has too many is told so without a look into the database.
    handler: (c) =>
      openEvents(c, deps, async () => {
        const job = await findJob(c, deps)
        const afterId = lastEventId(c)
        return streamSSE(c, (stream) => sendEvents(stream, c, { job, afterId }, deps))
      }),
  })
}

function lastEventId(c: AppContext): number {
  const text = c.req.header('last-event-id') ?? ''
  return /^\d{1,9}$/.test(text) ? Number(text) : 0
}
