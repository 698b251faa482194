// Turns a request of our own API into jobs: query, body and headers are validated before anything is queued.

import { type ResolvedOptions, resolveWith } from '@koutu/core'
import type { AppDeps } from '../../app-deps.ts'
import { readPrefer } from '../../http/prefer.ts'
import { badRequest } from '../../http/problem.ts'
import { type AppContext, singleQuery } from '../../http/route.ts'
import {
  clientShape,
  isOption,
  mergeOptions,
  optionsFromJson,
  optionsFromTexts,
  resolveClientOptions,
} from '../../intake/cutout-options.ts'
import type { UploadedPicture } from '../../intake/image.ts'
import { refuseLongWait, submitPictures, whileTakingIn } from '../../intake/submit.ts'
import type { Submitted } from '../../jobs/job-service.ts'
import { readUpload, type Upload } from './read-upload.ts'
import { RequestFields } from './schemas.ts'

/** The fields beside the options. These are part of it for the sake of a misspelled one, which is told the name that is close. */
const AllFields = RequestFields.extend(clientShape) as unknown as typeof RequestFields

export interface Submission extends Submitted {
  /** Whether the client gave an idempotency key, with which it can ask for the same again. */
  readonly isRepeatable: boolean
}

export async function submitUpload(c: AppContext, deps: AppDeps, isBatch: boolean): Promise<Submission> {
  const { settings } = deps
  const idempotencyKey = readIdempotencyKey(c)
  // A batch takes its time, and its results come one by one.
  const isAwaited = !isBatch && !readPrefer(c.req.header('prefer')).isAsync
  return whileTakingIn(deps, async () => {
    // A repeated request may be for a job that has ended.
    if (isAwaited && idempotencyKey === null) await refuseLongWait(c, deps)
    // What a query says is checked before the body comes.
    const query = fieldsOf(singleQuery(c))
    await using upload = await readUpload(c, deps, {
      maxPictures: isBatch ? settings.maxBatchPictures : 1,
      maxTotalBytes: isBatch ? settings.maxBatchBytes : settings.limits.maxBytes * 2 + 2 ** 20,
    })
    const body = fieldsOf(upload.texts)
    const { options: jsonOptions, rest: jsonRest } = split(upload.json)
    const given = mergeOptions(query.options, body.options, optionsFromJson(jsonOptions))
    const { fileName, webhookUrl, priority } = resolveWith(AllFields, mergeOptions(query.rest, body.rest, jsonRest))
    const options = resolveClientOptions(given, settings, upload.background !== null)
    const submitted = await submitPictures(c, deps, {
      pictures: upload.pictures,
      background: () => upload.background ?? fetchBackground(options, upload),
      options,
      fileName: fileName ?? null,
      isBatch,
      isAwaited,
      ...(idempotencyKey === null ? {} : { idempotencyKey }),
      ...(webhookUrl === undefined ? {} : { webhookUrl }),
      ...(priority === undefined ? {} : { priority }),
    })
    return { ...submitted, isRepeatable: idempotencyKey !== null }
  })
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

/** Null without one. Errors: REQUEST_INVALID. */
export function readIdempotencyKey(c: AppContext): string | null {
  return c.req.header('idempotency-key') === undefined ? null : requireIdempotencyKey(c)
}

/** Errors: REQUEST_INVALID. */
export function requireIdempotencyKey(c: AppContext): string {
  const key = c.req.header('idempotency-key') ?? ''
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) throw badRequest('expected 1 to 255 visible characters in Idempotency-Key')
  return key
}

async function fetchBackground(options: ResolvedOptions, upload: Upload): Promise<UploadedPicture | null> {
  const { background } = options
  return background.type === 'picture' && typeof background.source === 'string' ? upload.fetch(background.source) : null
}
