// /v1/jobs/{id}/alpha and /refine: what the network found, and results that are made again from it.

import { type Box, resolveWith, type Size } from '@koutu/core'
import type { AppDeps } from '../../app-deps.ts'
import { GATE_PROBLEMS, json, problems, type Router } from '../../http/route.ts'
import { optionsFromJson } from '../../intake/cutout-options.ts'
import { readJson } from '../../intake/read-json.ts'
import { coarseOf, submitRefinement } from '../../intake/refine.ts'
import { blobResponse } from '../result-response.ts'
import { picture, UPLOAD_PROBLEMS } from '../route-parts.ts'
import { findJob } from './find-job.ts'
import { respondWithJob } from './job-response.ts'
import { JobId, PREFER_HEADERS } from './route-parts.ts'
import { JobSchema, RefineJson } from './schemas.ts'
import { readIdempotencyKey } from './submit-upload.ts'

const COARSE_PROBLEMS = [
  'JOB_NOT_FOUND',
  'JOB_NOT_DONE',
  'JOB_CANCELED',
  'JOB_EXPIRED',
  'COARSE_MISSING',
  'JOB_TIMEOUT',
  'JOB_CRASHED_REPEATEDLY',
  'ENGINE_FAILED',
  'IMAGE_CORRUPT',
  'IMAGE_UNSUPPORTED',
  'IMAGE_TOO_LARGE',
] as const

const PNG = { 'image/png': { schema: picture } }

export function addRefine(router: Router, deps: AppDeps): void {
  addAlpha(router, deps)
  router.add({
    method: 'post',
    path: '/v1/jobs/{id}/refine',
    scope: 'cutouts:write',
    summary: 'Make the result of a job again, without the network',
    description:
      'Starts a job that solves the matte again from what the network found in the image of this job, with other hints ' +
      '(`keep`, `erase`), edges, background or format. Without options its result is that of the job, byte for byte.',
    request: {
      params: JobId,
      headers: PREFER_HEADERS.pick({ 'idempotency-key': true }),
      body: { required: true, content: { 'application/json': { schema: RefineJson } } },
    },
    responses: {
      202: json('The new job.', JobSchema),
      ...problems('INPUT_NOT_FOUND', ...COARSE_PROBLEMS, ...UPLOAD_PROBLEMS, ...GATE_PROBLEMS),
    },
    async handler(c) {
      const former = await findJob(c, deps)
      const idempotencyKey = readIdempotencyKey(c)
      const { options, fileName, webhookUrl, priority } = resolveWith(RefineJson, withTexts(await readJson(c, deps)))
      const { jobs, isNew } = await submitRefinement(c, deps, former, {
        options,
        fileName: fileName ?? null,
        ...(idempotencyKey !== null && { idempotencyKey }),
        ...(webhookUrl !== undefined && { webhookUrl }),
        ...(priority !== undefined && { priority }),
      })
      const job = jobs[0]!
      c.get('logFields').job = job.id
      if (!isNew) c.header('idempotency-replayed', 'true')
      c.header('koutu-job', job.id)
      c.header('location', `/v1/jobs/${job.id}`)
      return respondWithJob(c, job, 202, deps)
    },
  })
}

/** The body with its options, of which some may be in their text forms. Errors: INVALID_OPTIONS. */
function withTexts(body: unknown): unknown {
  const { options } = Object(body) as { options?: unknown }
  if (typeof options !== 'object' || options === null) return body
  return { ...(body as object), options: optionsFromJson(options as Record<string, unknown>) }
}

function addAlpha(router: Router, deps: AppDeps): void {
  router.add({
    method: 'get',
    path: '/v1/jobs/{id}/alpha',
    scope: 'jobs:read',
    summary: 'Get the coarse alpha',
    description:
      'What the network found, at its own size, as a gray PNG of 8 bits. `Koutu-Alpha-Size` has the size of the upright image, ' +
      '`Koutu-Alpha-Box` the part of it over which the alpha is stretched. Supports `If-None-Match` and `Range`.',
    request: { params: JobId },
    responses: {
      200: { description: 'The alpha.', content: PNG },
      206: { description: 'A byte range of it.', content: PNG },
      304: { description: 'Not modified.' },
      ...problems(...COARSE_PROBLEMS, 'RANGE_INVALID', ...GATE_PROBLEMS),
    },
    async handler(c) {
      const job = await findJob(c, deps)
      const { blob, facts } = coarseOf(job)
      const response = await blobResponse(c, blob, job.fileName, deps)
      response.headers.set('koutu-job', job.id)
      response.headers.set('koutu-alpha-size', sizeText(facts.image))
      response.headers.set('koutu-alpha-box', boxText(facts.box))
      return response
    },
  })
}

function sizeText({ width, height }: Size): string {
  return `${width}x${height}`
}

/** As the option `roi` is written. */
function boxText({ left, top, width, height }: Box): string {
  return [left, top, width, height].join(',')
}
