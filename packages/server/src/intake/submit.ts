// Turns an upload into queued jobs: options resolved, headers within limits, images stored.

import { findRefiner, KoutuError, mostPixels, OWN_REFINER, type ResolvedOptions } from '@koutu/core'
import type { AppDeps } from '../app-deps.ts'
import { cleanFileName } from '../http/file-name.ts'
import type { AppContext } from '../http/route.ts'
import type { GivenCoarse } from '../jobs/job-coarse.ts'
import { backgroundKey, givenCoarseKey, inputKey, newJobId } from '../jobs/job-keys.ts'
import type { JobRequest, SubmitRequest, Submitted } from '../jobs/job-service.ts'
import { weighedPixels } from '../limits/server-memory.ts'
import type { BlobRef, CoarseFacts } from '../ports/ports.ts'
import type { UploadedPicture } from './image.ts'

/** One of the server's places for uploads is held meanwhile. Errors: SERVER_STOPPING, SERVER_BUSY, those of `work`. */
export async function whileTakingIn<T>({ stopping, uploadSlots }: AppDeps, work: () => Promise<T>): Promise<T> {
  if (stopping.aborted) throw new KoutuError('SERVER_STOPPING')
  const release = uploadSlots.take()
  try {
    return await work()
  } finally {
    release()
  }
}

/** Before the image of a client that waits for its result is read. Errors: WAIT_TOO_LONG. */
export async function refuseLongWait(c: AppContext, { settings, jobs }: AppDeps): Promise<void> {
  const { maxExpectedWaitMs } = settings
  if (maxExpectedWaitMs !== null) await jobs.checkWait(c.get('owner'), maxExpectedWaitMs)
}

export interface PicturesRequest extends Pick<SubmitRequest, 'isBatch' | 'idempotencyKey' | 'webhookUrl' | 'priority'> {
  readonly pictures: readonly UploadedPicture[]
  /** Asked for once the options have been found good; null where there is none. */
  readonly background: () => UploadedPicture | null | Promise<UploadedPicture | null>
  /** Stands in for the network, where one picture's result is made again. */
  readonly coarse?: StoredCoarse
  /** From `resolveClientOptions`. */
  readonly options: ResolvedOptions
  /** Over the pictures' own names. */
  readonly fileName: string | null
  /** Whether the client waits for the result. */
  readonly isAwaited: boolean
}

interface StoredCoarse {
  readonly content: AsyncIterable<Uint8Array>
  readonly facts: CoarseFacts
  readonly jobId: string
}

/** Looked at once more under the request's own limits, stored, and put into the queue. */
export async function submitPictures(c: AppContext, deps: AppDeps, request: PicturesRequest): Promise<Submitted> {
  const { settings, jobs, metrics } = deps
  const { pictures, background: findBackground, coarse, options: asked, fileName, isAwaited, ...rest } = request
  if (!coarse) await checkModel(asked, deps)
  const background = await findBackground()
  // The address has done its work; its query must not be kept.
  const options: ResolvedOptions = background
    ? { ...asked, background: { type: 'picture', source: 'background' } }
    : asked
  for (const { upload, header } of pictures) checkWithin(upload.bytes, header, options)
  metrics.uploaded(pictures.reduce((sum, { upload: { bytes } }) => sum + bytes, 0))
  const requests = await store({ pictures, background, options, fileName, ...(coarse && { coarse }) }, deps)
  const maxUnfinished = c.get('key')?.maxConcurrent ?? settings.maxUnfinished
  const maxWaitMs = (isAwaited && settings.maxExpectedWaitMs) || undefined
  return jobs.submit(c.get('owner'), { jobs: requests, maxUnfinished, maxWaitMs, ...rest })
}

async function checkModel({ engine, model, refiner }: ResolvedOptions, { models }: AppDeps): Promise<void> {
  if (refiner !== OWN_REFINER) findRefiner(refiner)
  if (engine !== 'onnx') return
  const found = (await models.list()).find(({ id }) => id === model)
  if (!found) throw new KoutuError('MODEL_UNKNOWN', { detail: `GET /v1/models lists them` })
  if (found.isHere) return
  models.want(model)
  throw new KoutuError('MODEL_MISSING', { detail: model })
}

/** Once more, with the limits this request set itself. */
function checkWithin(
  bytes: number,
  header: UploadedPicture['header'],
  { maxBytes, maxPixels, maxFrames }: ResolvedOptions,
): void {
  const pixels = header.width * header.height
  const refuse = (
    code: 'IMAGE_TOO_MANY_BYTES' | 'IMAGE_TOO_LARGE' | 'IMAGE_TOO_MANY_FRAMES',
    limit: number,
    actual: number,
  ) => {
    throw new KoutuError(code, { detail: `expected at most ${limit} but received ${actual}`, data: { limit, actual } })
  }
  if (bytes > maxBytes) refuse('IMAGE_TOO_MANY_BYTES', maxBytes, bytes)
  if (pixels > maxPixels) refuse('IMAGE_TOO_LARGE', maxPixels, pixels)
  if (header.frames > maxFrames) refuse('IMAGE_TOO_MANY_FRAMES', maxFrames, header.frames)
}

/** Of the picture, or of what margins may make of it. */
function pixelsToHold({ header }: UploadedPicture, options: ResolvedOptions): number {
  return Math.max(
    weighedPixels(header),
    weighedPixels(header, Math.min(mostPixels(header, options), options.maxPixels)),
  )
}

interface Stored extends Pick<PicturesRequest, 'pictures' | 'coarse' | 'options' | 'fileName'> {
  readonly background: UploadedPicture | null
}

type BlobContent = Parameters<AppDeps['blobs']['put']>[1]

/** All or nothing: what was stored is deleted again when a later picture cannot be. */
async function store(
  { pictures, background, coarse, options, fileName }: Stored,
  { blobs, clock }: AppDeps,
): Promise<[JobRequest, ...JobRequest[]]> {
  const stored: string[] = []
  const putBytes = async (key: string, content: BlobContent, contentType: string): Promise<BlobRef> => {
    stored.push(key)
    return blobs.put(key, content, { contentType })
  }
  const put = (key: string, { upload, header }: UploadedPicture) =>
    putBytes(key, upload.content(), `image/${header.format}`)
  const putCoarse = async (id: string, { content, ...rest }: StoredCoarse): Promise<GivenCoarse> => ({
    ...rest,
    blob: await putBytes(givenCoarseKey(id), content, 'image/png'),
  })
  try {
    const requests: JobRequest[] = []
    for (const picture of pictures) {
      const id = newJobId(clock.nowMs())
      requests.push({
        id,
        input: await put(inputKey(id), picture),
        ...(background ? { background: await put(backgroundKey(id), background) } : {}),
        ...(coarse ? { coarse: await putCoarse(id, coarse) } : {}),
        options,
        pixels: pixelsToHold(picture, options) + (background ? weighedPixels(background.header) : 0),
        fileName: cleanFileName(fileName ?? picture.fileName),
      })
    }
    return requests as [JobRequest, ...JobRequest[]]
  } catch (error) {
    await blobs.delete(stored).catch(() => {})
    throw error
  }
}
