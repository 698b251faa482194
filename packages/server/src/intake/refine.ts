// Makes the result of a job again, with other hints or finishing options: a job of its own with a copy of the image and of
// what the network found, so that each can be deleted without the other.

import { invalidOptions, KoutuError, type ResolvedOptions } from '@koutu/core'
import type { AppDeps } from '../app-deps.ts'
import type { AppContext } from '../http/route.ts'
import type { JobCoarse } from '../jobs/job-coarse.ts'
import { failureOf } from '../jobs/job-failure.ts'
import type { Job, Submitted } from '../jobs/job-service.ts'
import { chunksOf, readBlob } from '../jobs/read-blob.ts'
import type { BlobRef, Blobs } from '../ports/ports.ts'
import { createIntake, type Intake } from './create-intake.ts'
import { resolveRefinement } from './cutout-options.ts'
import type { UploadedPicture } from './image.ts'
import { type PicturesRequest, submitPictures, whileTakingIn } from './submit.ts'

type Refinement = Pick<PicturesRequest, 'idempotencyKey' | 'webhookUrl' | 'priority'> & {
  /** In place of those of the job, and null for a default; as `refineShape` says. */
  readonly options: Readonly<Record<string, unknown>>
  /** Null for that of the job. */
  readonly fileName: string | null
}

/** What the network found in the image of a job. Errors: JOB_NOT_DONE, that of a failed job, JOB_EXPIRED, COARSE_MISSING. */
export function coarseOf(job: Job): JobCoarse {
  const failure = failureOf(job)
  if (failure) throw failure
  const coarse = job.result?.coarse
  if (!coarse)
    throw new KoutuError('COARSE_MISSING', {
      detail: 'a service finished its cutout, or it was made by an earlier version',
    })
  return coarse
}

/** Errors: those of `coarseOf` and of any submission. */
export async function submitRefinement(
  c: AppContext,
  deps: AppDeps,
  job: Job,
  { options: given, fileName, ...rest }: Refinement,
): Promise<Submitted> {
  const { blob, facts } = coarseOf(job)
  const options = resolveRefinement(given, job.options)
  return whileTakingIn(deps, async () => {
    await using intake = createIntake(deps, c.req.raw)
    const picture = await copyOf(intake, deps.blobs, job.input)
    return submitPictures(c, deps, {
      ...rest,
      pictures: [picture],
      background: () => backgroundOf(intake, deps.blobs, job, given, options),
      coarse: { content: await stored(deps.blobs, blob), facts, jobId: job.id },
      options,
      fileName: fileName ?? job.fileName,
      isBatch: false,
      isAwaited: false,
    })
  })
}

/** The background of before, or one from an address. */
async function backgroundOf(
  intake: Intake,
  blobs: Blobs,
  job: Job,
  given: Readonly<Record<string, unknown>>,
  { background }: ResolvedOptions,
): Promise<UploadedPicture | null> {
  if (background.type !== 'picture') return null
  if (given.background !== undefined) return intake.fetch(String(background.source))
  if (!job.background)
    throw invalidOptions([{ path: 'background', message: 'Expected a background: that of the job is gone' }])
  return copyOf(intake, blobs, job.background)
}

/** Errors: INPUT_NOT_FOUND, BLOB_DAMAGED, STORAGE_FAILED, those of an upload. */
async function copyOf(intake: Intake, blobs: Blobs, blob: BlobRef): Promise<UploadedPicture> {
  const picture = await intake.take(await stored(blobs, blob), null)
  if (!picture) throw new KoutuError('BLOB_DAMAGED', { detail: 'it is empty' })
  return picture
}

/** Errors: INPUT_NOT_FOUND, BLOB_DAMAGED, STORAGE_FAILED. */
async function stored(blobs: Blobs, blob: BlobRef): Promise<AsyncIterable<Uint8Array>> {
  const stream = await readBlob(blobs, blob)
  if (!stream) throw new KoutuError('INPUT_NOT_FOUND', { detail: 'the image is no longer in the storage' })
  return chunksOf(stream)
}
