// From an upload to jobs in the queue: options settled, headers within them, pictures in the store.

import { KoutuError, mostPixels, type ResolvedOptions, resolveWith } from '@koutu/core'
import { backgroundKey, inputKey, newJobId } from '../jobs/job-keys.ts'
import type { JobRequest, SubmitRequest, Submitted } from '../jobs/job-service.ts'
import type { BlobRef } from '../ports/ports.ts'
import { isOption, mergeOptions, optionsFromTexts, resolveClientOptions } from './cutout-options.ts'
import type { AppDeps } from './deps.ts'
import { cleanFileName } from './file-name.ts'
import { badRequest } from './problem.ts'
import { type AppContext, singleQuery } from './route.ts'
import { RequestFields } from './schemas.ts'
import { decodedPixels } from './upload/picture.ts'
import { readUpload, type Upload, type UploadedPicture } from './upload/read-upload.ts'

export interface Submission extends Submitted {
  /** Whether the client gave an idempotency key, with which it can ask for the same again. */
  readonly isRepeatable: boolean
}

export async function submitUpload(c: AppContext, deps: AppDeps, isBatch: boolean): Promise<Submission> {
  const { settings } = deps
  const idempotencyKey = readIdempotencyKey(c)
  return whileTakingIn(deps, async () => {
    // What a query says is checked before the body comes.
    const query = fieldsOf(singleQuery(c))
    await using upload = await readUpload(c.req.raw, {
      limits: settings.limits,
      maxJsonBytes: settings.maxJsonBytes,
      maxPictures: isBatch ? settings.maxBatchPictures : 1,
      maxTotalBytes: isBatch ? settings.maxBatchBytes : settings.limits.maxBytes * 2 + 2 ** 20,
      spoolFolder: settings.spoolFolder,
      times: settings.bodyTimes,
      fetchTimeoutMs: settings.fetchTimeoutMs,
      fetcher: deps.fetcher,
    })
    const body = fieldsOf(upload.texts)
    const { options: jsonOptions, rest: jsonRest } = split(upload.json)
    const given = mergeOptions(query.options, body.options, jsonOptions)
    const { fileName, webhookUrl, priority } = resolveWith(RequestFields, mergeOptions(query.rest, body.rest, jsonRest))
    const options = resolveClientOptions(given, settings, upload.background !== null)
    const submitted = await submitPictures(c, deps, {
      pictures: upload.pictures,
      background: () => upload.background ?? fetchBackground(options, upload),
      options,
      fileName: fileName ?? null,
      isBatch,
      ...(idempotencyKey === null ? {} : { idempotencyKey }),
      ...(webhookUrl === undefined ? {} : { webhookUrl }),
      ...(priority === undefined ? {} : { priority }),
    })
    return { ...submitted, isRepeatable: idempotencyKey !== null }
  })
}

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

interface PicturesRequest extends Pick<SubmitRequest, 'isBatch' | 'idempotencyKey' | 'webhookUrl' | 'priority'> {
  readonly pictures: readonly UploadedPicture[]
  /** Asked for once the options have been found good; null where there is none. */
  readonly background: () => UploadedPicture | null | Promise<UploadedPicture | null>
  /** From `resolveClientOptions`. */
  readonly options: ResolvedOptions
  /** Over the pictures' own names. */
  readonly fileName: string | null
}

/** Looked at once more under the request's own limits, stored, and put into the queue. */
export async function submitPictures(c: AppContext, deps: AppDeps, request: PicturesRequest): Promise<Submitted> {
  const { settings, jobs, metrics } = deps
  const { pictures, background: findBackground, options: asked, fileName, ...rest } = request
  await checkModel(asked, deps)
  const background = await findBackground()
  // The address has done its work; its query must not be kept.
  const options: ResolvedOptions = background
    ? { ...asked, background: { type: 'picture', source: 'background' } }
    : asked
  for (const { upload, header } of pictures) checkWithin(upload.bytes, header, options)
  metrics.uploaded(pictures.reduce((sum, { upload: { bytes } }) => sum + bytes, 0))
  const requests = await store(pictures, background, options, fileName, deps)
  const maxUnfinished = c.get('key')?.maxConcurrent ?? settings.maxUnfinished
  return jobs.submit(c.get('owner'), { jobs: requests, maxUnfinished, ...rest })
}

interface Fields {
  readonly options: Readonly<Record<string, unknown>>
  readonly rest: Readonly<Record<string, unknown>>
}

function split(values: Readonly<Record<string, unknown>>): Fields {
  const entries = Object.entries(values)
  return {
    options: Object.fromEntries(entries.filter(([key]) => isOption(key))),
    rest: Object.fromEntries(entries.filter(([key]) => !isOption(key))),
  }
}

function fieldsOf(texts: Readonly<Record<string, string>>): Fields {
  const { options, rest } = split(texts)
  return { options: optionsFromTexts(options as Record<string, string>), rest }
}

function readIdempotencyKey(c: AppContext): string | null {
  const key = c.req.header('idempotency-key')
  if (key === undefined) return null
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) throw badRequest('expected 1 to 255 visible characters in Idempotency-Key')
  return key
}

async function checkModel({ engine, model }: ResolvedOptions, { models }: AppDeps): Promise<void> {
  if (engine !== 'onnx') return
  const found = (await models.list()).find(({ id }) => id === model)
  if (!found) throw new KoutuError('MODEL_UNKNOWN', { detail: `GET /v1/models lists them` })
  if (!found.isHere) throw new KoutuError('MODEL_MISSING', { detail: model })
}

async function fetchBackground(options: ResolvedOptions, upload: Upload): Promise<UploadedPicture | null> {
  const { background } = options
  return background.type === 'picture' && typeof background.source === 'string' ? upload.fetch(background.source) : null
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
  return Math.max(decodedPixels(header), Math.min(mostPixels(header, options), options.maxPixels))
}

/** All or nothing: what was stored is deleted again when a later picture cannot be. */
async function store(
  pictures: readonly UploadedPicture[],
  background: UploadedPicture | null,
  options: ResolvedOptions,
  fileName: string | null,
  { blobs, clock }: AppDeps,
): Promise<[JobRequest, ...JobRequest[]]> {
  const stored: string[] = []
  const put = async (key: string, { upload, header }: UploadedPicture): Promise<BlobRef> => {
    stored.push(key)
    return blobs.put(key, upload.content(), { contentType: `image/${header.format}` })
  }
  try {
    const requests: JobRequest[] = []
    for (const picture of pictures) {
      const id = newJobId(clock.nowMs())
      requests.push({
        id,
        input: await put(inputKey(id), picture),
        ...(background ? { background: await put(backgroundKey(id), background) } : {}),
        options,
        pixels: pixelsToHold(picture, options) + (background ? decodedPixels(background.header) : 0),
        fileName: cleanFileName(fileName ?? picture.fileName),
      })
    }
    return requests as [JobRequest, ...JobRequest[]]
  } catch (error) {
    await blobs.delete(stored).catch(() => {})
    throw error
  }
}
