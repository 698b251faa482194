// POST /v1/cutouts: an image in; the cutout out, or a job.

import type { AppDeps } from '../../app-deps.ts'
import { prefersJson } from '../../http/accept.ts'
import { readPrefer } from '../../http/prefer.ts'
import { type AppContext, GATE_PROBLEMS, json, problems, type Router } from '../../http/route.ts'
import { failureOf } from '../../jobs/job-failure.ts'
import { resultResponse } from '../result-response.ts'
import { picture, RESULT_CONTENT, UPLOAD_PROBLEMS } from '../route-parts.ts'
import { waitForJob, waitSignal } from '../wait-for-job.ts'
import { respondWithJob } from './job-response.ts'
import { PREFER_HEADERS } from './route-parts.ts'
import { CutoutForm, CutoutJson, CutoutQuery, JobListSchema, JobSchema } from './schemas.ts'
import { requireIdempotencyKey, type Submission, submitUpload } from './submit-upload.ts'
import { jobView } from './views.ts'

export function addCutouts(router: Router, deps: AppDeps): void {
  router.add({
    method: 'post',
    path: '/v1/cutouts',
    scope: 'cutouts:write',
    summary: 'Cut out one image',
    description:
      'Send the image as the part `image` of a form, as the body, or by URL. Options are fields of the ' +
      'form, members of the JSON, or query parameters. Returns the cutout, or with `Prefer: respond-async` a job.',
    request: {
      query: CutoutQuery,
      headers: PREFER_HEADERS,
      body: {
        required: true,
        content: {
          'multipart/form-data': { schema: CutoutForm },
          'application/json': { schema: CutoutJson },
          'image/*': { schema: picture },
          'application/octet-stream': { schema: picture },
        },
      },
    },
    responses: {
      200: {
        description: 'The cutout; with `Accept: application/json` its job.',
        content: { ...RESULT_CONTENT, 'application/json': { schema: JobSchema } },
      },
      202: json('The job, if the client does not wait or the wait timed out.', JobSchema),
      ...problems(...UPLOAD_PROBLEMS, ...GATE_PROBLEMS),
    },
    handler: async (c) => answer(c, await submitUpload(c, deps, false), deps),
  })
  router.add({
    method: 'delete',
    path: '/v1/cutouts',
    scope: 'cutouts:write',
    summary: 'Take a request back by its idempotency key',
    description:
      'For clients that lost the answer to an upload. Its jobs are canceled, and the images of finished ones deleted. ' +
      'A request that arrives later with this key is refused with `JOB_CANCELED`. Idempotent.',
    request: { headers: PREFER_HEADERS.pick({ 'idempotency-key': true }).required() },
    responses: {
      200: json('The jobs of the request; none if it has not arrived.', JobListSchema.pick({ jobs: true })),
      ...problems(...GATE_PROBLEMS),
    },
    async handler(c) {
      const jobs = await deps.jobs.withdraw(c.get('owner'), requireIdempotencyKey(c))
      return c.json({ jobs: await Promise.all(jobs.map((job) => jobView(job, deps))) })
    },
  })
}

async function answer(c: AppContext, { jobs, isNew, isRepeatable }: Submission, deps: AppDeps): Promise<Response> {
  const submitted = jobs[0]!
  c.get('logFields').job = submitted.id
  if (!isNew) c.header('idempotency-replayed', 'true')
  c.header('koutu-job', submitted.id)
  c.header('location', `/v1/jobs/${submitted.id}`)
  if (readPrefer(c.req.header('prefer')).isAsync) return respondWithJob(c, submitted, 202, deps)
  const job = await waitForJob(c, submitted.id, deps, waitSignal(c, deps))
  if (!job) {
    // Nobody is left who could ask for it.
    if (c.req.raw.signal.aborted && !isRepeatable) await deps.jobs.cancel(c.get('owner'), submitted.id)
    return respondWithJob(c, (await deps.jobs.get(c.get('owner'), submitted.id)) ?? submitted, 202, deps)
  }
  const failure = failureOf(job)
  if (failure) throw failure
  if (prefersJson(c.req.header('accept'))) return respondWithJob(c, job, 200, deps)
  const response = await resultResponse(c, job, job.result!, deps)
  response.headers.set('content-location', `/v1/jobs/${job.id}/result`)
  if (!isNew) response.headers.set('idempotency-replayed', 'true')
  return response
}
