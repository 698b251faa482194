// A stored image as a response: validators, ranges, file name.

import { isKoutuError, KoutuError } from '@koutu/core'
import type { AppDeps } from '../app-deps.ts'
import { parseRange } from '../http/byte-range.ts'
import { contentDisposition, resultName } from '../http/file-name.ts'
import type { AppContext } from '../http/route.ts'
import type { Job, JobResult } from '../jobs/job-service.ts'
import { readBlob } from '../jobs/read-blob.ts'
import type { BlobRef } from '../ports/ports.ts'
import { openDownload } from './limited-response.ts'

/** Errors: JOB_EXPIRED when the image has been deleted meanwhile, BLOB_DAMAGED, RANGE_INVALID, TOO_MANY_STREAMS. */
export async function resultResponse(
  c: AppContext,
  job: Job,
  { blob, report }: JobResult,
  deps: Pick<AppDeps, 'blobs' | 'streams'>,
): Promise<Response> {
  const response = await blobResponse(c, blob, job.fileName, deps).catch((error: unknown) => {
    throw tellHowToRetry(error, job)
  })
  response.headers.set('koutu-job', job.id)
  if (report.warnings.length > 0)
    response.headers.set('koutu-warnings', report.warnings.map(({ code }) => code).join(', '))
  return response
}

function tellHowToRetry(error: unknown, { id }: Job): unknown {
  if (!isKoutuError(error) || error.code !== 'BLOB_DAMAGED') return error
  const retry = `/v1/jobs/${id}/retry`
  return new KoutuError('BLOB_DAMAGED', {
    detail: `POST ${retry} runs the job again while its input is kept`,
    data: { retry },
    cause: error,
  })
}

/** Errors: as `resultResponse`. */
export async function blobResponse(
  c: AppContext,
  blob: BlobRef,
  fileName: string | null,
  deps: Pick<AppDeps, 'blobs' | 'streams'>,
): Promise<Response> {
  const etag = `"${blob.sha256}"`
  const headers = new Headers({
    'content-type': blob.contentType,
    'content-disposition': contentDisposition(resultName(fileName, blob.contentType)),
    etag,
    'accept-ranges': 'bytes',
    'cache-control': 'private, max-age=3600',
    'x-content-type-options': 'nosniff',
  })
  const isSafe = c.req.method === 'GET' || c.req.method === 'HEAD'
  if (isSafe && matches(c.req.header('if-none-match'), etag)) return new Response(null, { status: 304, headers })
  const mayRange = isSafe && [undefined, etag].includes(c.req.header('if-range'))
  const range = mayRange ? parseRange(c.req.header('range'), blob.bytes) : null
  headers.set('content-length', String(range ? range.end - range.start : blob.bytes))
  if (range) headers.set('content-range', `bytes ${range.start}-${range.end - 1}/${blob.bytes}`)
  const status = range ? 206 : 200
  if (c.req.method === 'HEAD') return new Response(null, { status, headers })
  const body = await openDownload(c, deps, () => readBlob(deps.blobs, blob, range ?? undefined))
  if (!body) throw new KoutuError('JOB_EXPIRED')
  return new Response(body, { status, headers })
}

function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  return header.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')))
}
