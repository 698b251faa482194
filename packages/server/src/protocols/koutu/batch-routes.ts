// /v1/batches: many images in one request, one zip or one manifest out.

import { z } from '@hono/zod-openapi'
import { type ErrorCode, fitName, KoutuError, toKoutuError } from '@koutu/core'
import { makeZip } from 'client-zip'
import type { AppDeps } from '../../app-deps.ts'
import { prefersJson } from '../../http/accept.ts'
import { resultName } from '../../http/file-name.ts'
import { readPrefer } from '../../http/prefer.ts'
import { toProblem } from '../../http/problem.ts'
import { type AppContext, GATE_PROBLEMS, json, problems, type Router } from '../../http/route.ts'
import { failureOf } from '../../jobs/job-failure.ts'
import { type Batch, isFinal, type Job } from '../../jobs/job-service.ts'
import { readBlob } from '../../jobs/read-blob.ts'
import { openDownload } from '../limited-response.ts'
import { UPLOAD_PROBLEMS } from '../route-parts.ts'
import { waitForJob, waitSignal } from '../wait-for-job.ts'
import { respondWithBatch } from './job-response.ts'
import { PREFER_HEADERS } from './route-parts.ts'
import { BatchJson, BatchSchema, CutoutForm, CutoutQuery } from './schemas.ts'
import { submitUpload } from './submit-upload.ts'

const ZIP = 'application/zip'
const BatchId = z.object({ id: z.string().meta({ description: 'Id of the batch.' }) })
const zipFile = z.any().openapi({ type: 'string', format: 'binary' })
const NOT_FOUND = ['JOB_NOT_FOUND'] as const satisfies readonly ErrorCode[]

export function addBatches(router: Router, deps: AppDeps): void {
  router.add({
    method: 'post',
    path: '/v1/batches',
    scope: 'cutouts:write',
    summary: 'Cut out many images',
    description:
      'Several parts `image`, or JSON with `images`. The options apply to all. Returns a zip of the cutouts with ' +
      'a manifest; with `Accept: application/json` only the manifest; with `Prefer: respond-async` the manifest at once.',
    request: {
      query: CutoutQuery,
      headers: PREFER_HEADERS,
      body: {
        required: true,
        content: { 'multipart/form-data': { schema: CutoutForm }, 'application/json': { schema: BatchJson } },
      },
    },
    responses: {
      200: {
        description: 'The cutouts, or the manifest of a finished batch.',
        content: { [ZIP]: { schema: zipFile }, 'application/json': { schema: BatchSchema } },
      },
      202: json('The manifest, if the client does not wait or the wait timed out.', BatchSchema),
      ...problems(...UPLOAD_PROBLEMS, ...GATE_PROBLEMS),
    },
    async handler(c) {
      const { jobs, batchId, isNew } = await submitUpload(c, deps, true)
      const batch: Batch = { id: batchId!, jobs }
      c.get('logFields').batch = batch.id
      if (!isNew) c.header('idempotency-replayed', 'true')
      c.header('location', `/v1/batches/${batch.id}`)
      if (readPrefer(c.req.header('prefer')).isAsync) return respondWithBatch(c, batch, 202, deps)
      if (!prefersJson(c.req.header('accept')))
        return zipResponse(c, batch, deps, AbortSignal.any([c.req.raw.signal, deps.ending]))
      const signal = waitSignal(c, deps)
      for (const { id } of jobs) await waitForJob(c, id, deps, signal)
      const found = (await deps.jobs.batch(c.get('owner'), batch.id)) ?? batch
      return respondWithBatch(c, found, found.jobs.every(({ state }) => isFinal(state)) ? 200 : 202, deps)
    },
  })
  router.add({
    method: 'get',
    path: '/v1/batches/{id}',
    scope: 'jobs:read',
    summary: 'Get the manifest of a batch',
    request: { params: BatchId },
    responses: { 200: json('The batch.', BatchSchema), ...problems(...NOT_FOUND, ...GATE_PROBLEMS) },
    handler: async (c) => respondWithBatch(c, await find(c, deps), 200, deps),
  })
  router.add({
    method: 'delete',
    path: '/v1/batches/{id}',
    scope: 'cutouts:write',
    summary: 'Cancel the jobs of a batch, and delete the images of finished ones',
    description: 'The records remain until their retention ends. Idempotent.',
    request: { params: BatchId },
    responses: {
      200: json('The batch.', BatchSchema),
      ...problems(...NOT_FOUND, 'STORAGE_FAILED', ...GATE_PROBLEMS),
    },
    async handler(c) {
      for (const { id } of (await find(c, deps)).jobs) await deps.jobs.delete(c.get('owner'), id)
      return respondWithBatch(c, await find(c, deps), 200, deps)
    },
  })
  router.add({
    method: 'get',
    path: '/v1/batches/{id}/result',
    scope: 'jobs:read',
    summary: 'Get the cutouts of a batch as a zip',
    description: 'Waits for unfinished jobs. `manifest.json` in the zip lists the outcome of each image.',
    request: { params: BatchId },
    responses: {
      200: { description: 'The zip.', content: { [ZIP]: { schema: zipFile } } },
      ...problems(...NOT_FOUND, ...GATE_PROBLEMS),
    },
    handler: async (c) => zipResponse(c, await find(c, deps), deps, AbortSignal.any([c.req.raw.signal, deps.ending])),
  })
}

async function find(c: AppContext, { jobs }: AppDeps): Promise<Batch> {
  const batch = await jobs.batch(c.get('owner'), c.req.param('id')!)
  if (!batch) throw new KoutuError('JOB_NOT_FOUND', { detail: 'no such batch' })
  return batch
}

/** Streamed: the first image leaves when it is done, and none is held longer than it takes to send it. */
async function zipResponse(c: AppContext, batch: Batch, deps: AppDeps, signal: AbortSignal): Promise<Response> {
  const zip = await openDownload(c, deps, async () => makeZip(entries(c, batch, deps, signal)))
  return new Response(zip, {
    headers: {
      'content-type': ZIP,
      'content-disposition': `attachment; filename="koutu-${batch.id}.zip"`,
      'koutu-batch': batch.id,
      'cache-control': 'no-store',
    },
  })
}

interface ManifestLine {
  readonly job: string
  readonly fileName: string | null
  readonly result: string | null
  readonly error: ReturnType<typeof toProblem> | null
}

async function* entries(c: AppContext, batch: Batch, deps: AppDeps, signal: AbortSignal) {
  const names = new Set<string>(['manifest.json'])
  const manifest: ManifestLine[] = []
  for (const { id } of batch.jobs) {
    const job = await waitForJob(c, id, deps, signal)
    // A zip that ends early is seen to be damaged, which is what it is.
    if (!job) throw new KoutuError('ABORTED')
    const content = await contentOf(job, deps)
    const isThere = !(content instanceof KoutuError)
    const name = isThere ? uniqueName(job, names) : null
    const error = isThere ? null : toProblem(content)
    manifest.push({ job: id, fileName: job.fileName, result: name, error })
    if (isThere && name) yield { name, input: content, lastModified: job.endedAt ?? job.createdAt }
  }
  yield { name: 'manifest.json', input: JSON.stringify(manifest, null, 2), lastModified: new Date(deps.clock.nowMs()) }
}

/** The result, or why there is none: one that cannot be read is a line of the manifest, not the end of the zip. */
async function contentOf(job: Job, { blobs }: AppDeps): Promise<ReadableStream<Uint8Array> | KoutuError> {
  const failure = failureOf(job)
  if (failure) return failure
  try {
    return (await readBlob(blobs, job.result!.blob)) ?? new KoutuError('JOB_EXPIRED')
  } catch (error) {
    return toKoutuError(error)
  }
}

/** Two files of one name both get in: `photo.png`, `photo-2.png`. */
function uniqueName({ fileName, result }: Job, taken: Set<string>): string {
  const name = resultName(fileName, result!.blob.contentType)
  const dot = name.lastIndexOf('.')
  let unique = name
  for (let i = 2; taken.has(unique.toLowerCase()); i++) unique = fitName(name.slice(0, dot), `-${i}${name.slice(dot)}`)
  taken.add(unique.toLowerCase())
  return unique
}
