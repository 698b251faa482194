// The client of the real service: upload, cutout, query, wait, download and credit. Unofficial interface: it sends the user's
// own session cookie and the plain sign, and nothing that imitates a browser.

import { isKoutuError, KoutuError } from '@koutu/core'
import { type Credit, CreditData, type TaskRecord } from '../wire/answers.ts'
import { payloadHash } from '../wire/aws4.ts'
import { pictureKind } from '../wire/picture-kind.ts'
import { creditRequest, downloadRequest, type TaskIds } from '../wire/requests.ts'
import { type DreaminaConfig, type DreaminaCtx, isAllowedUrl, resolveConfig } from './config.ts'
import type { JournalEntry } from './journal.ts'
import { repeat } from './retry.ts'
import { createTasks, isSubmitId, type Submitted } from './task.ts'
import { createTransport } from './transport.ts'
import { createUploader } from './upload.ts'

/** How long the same bytes find their task again. The service keeps results for weeks; a day covers a batch that is run twice. */
const REUSE_MS = 24 * 3600_000

export interface DreaminaResult {
  /** PNG or WebP with an alpha channel or a transparent color; whether any pixel uses it is for a decoder to say. */
  readonly bytes: Uint8Array
  readonly format: 'png' | 'webp'
  readonly submitId: string
  readonly historyId: string
  /** Whether an earlier task of the same bytes was taken, so that nothing was paid. */
  readonly reused: boolean
}

export interface DreaminaClient {
  /** Uploads an image and gives its URI. Free. */
  upload(bytes: Uint8Array, ctx?: DreaminaCtx): Promise<string>
  /** Starts a cutout of an uploaded image. May cost credits. */
  cutout(imageUri: string, ctx?: DreaminaCtx): Promise<Submitted>
  /** Records by the id asked with; unknown ids are absent. */
  query(ids: TaskIds, ctx?: DreaminaCtx): Promise<ReadonlyMap<string, TaskRecord>>
  /** Polls until the task of a submit id or history id has its image. */
  wait(id: string, ctx?: DreaminaCtx): Promise<TaskRecord>
  download(url: string, ctx?: DreaminaCtx): Promise<Uint8Array>
  credit(ctx?: DreaminaCtx): Promise<Credit>
  /** Whether the session is alive: throws ENGINE_LOGIN_REQUIRED when not. Free. */
  check(ctx?: DreaminaCtx): Promise<void>
  /** All of it: encoded image in, encoded cutout out. */
  segment(bytes: Uint8Array, ctx?: DreaminaCtx): Promise<DreaminaResult>
  /** Waits for a task that was started before, in this process or another, and fetches its result. */
  resume(id: string, ctx?: DreaminaCtx): Promise<DreaminaResult>
}

/** Errors of all methods: ENGINE_*, FETCH_*, SUBJECT_NOT_FOUND, IMAGE_TOO_MANY_BYTES, ABORTED. No error, cause or event holds a secret. */
export function createDreaminaClient(config: DreaminaConfig): DreaminaClient {
  const resolved = resolveConfig(config)
  const { journal, ports, region } = resolved
  const transport = createTransport(resolved)
  const uploader = createUploader(resolved, transport)
  const tasks = createTasks(resolved, transport)

  async function download(url: string, ctx: DreaminaCtx): Promise<Uint8Array> {
    const parsed = URL.parse(url)
    if (!parsed || !isAllowedUrl(parsed, resolved.loopback)) {
      throw new KoutuError('ENGINE_ANSWER_INVALID', {
        detail: 'expected an https URL of the result but received something else',
        data: { step: 'download' },
      })
    }
    return (await repeat(resolved, ctx, () => transport.send(downloadRequest(parsed.href), ctx))).bytes
  }

  /** An address may expire between the answer and the download: it is asked for once more. */
  async function fetchResult(id: string, record: TaskRecord, ctx: DreaminaCtx): Promise<Uint8Array> {
    try {
      return await download(record.images[0]!.url, ctx)
    } catch (error) {
      if (!isKoutuError(error) || error.data.expired !== true) throw error
      const fresh = await tasks.find(id, ctx)
      if (!fresh?.images[0]) throw error
      return download(fresh.images[0].url, ctx)
    }
  }

  async function finish(task: Submitted, reused: boolean, ctx: DreaminaCtx): Promise<DreaminaResult> {
    const id = task.submitId || task.historyId
    const record = await tasks.wait(id, ctx)
    const bytes = await fetchResult(id, record, ctx)
    const format = transparentFormat(bytes, id)
    const submitId = task.submitId || record.submitId
    const entry = await journal?.get(submitId)
    if (entry) await journal?.put({ ...entry, historyId: entry.historyId || record.historyId, state: 'fetched' })
    return { bytes, format, submitId, historyId: task.historyId || record.historyId, reused }
  }

  /** The newest task of the same bytes that is not too old. */
  async function earlier(inputSha256: string): Promise<JournalEntry | undefined> {
    const sinceMs = ports.nowMs() - REUSE_MS
    const entries = (await journal?.ofInput(inputSha256)) ?? []
    return entries
      .filter((entry) => entry.region === region.id && entry.createdAtMs > sinceMs)
      .sort((a, b) => b.createdAtMs - a.createdAtMs)[0]
  }

  async function reuse(inputSha256: string, ctx: DreaminaCtx): Promise<DreaminaResult | null> {
    const entry = await earlier(inputSha256)
    if (!entry) return null
    // A task that was sent and never seen may not exist: it is not waited for.
    if (!(await tasks.find(entry.submitId, ctx))) {
      await journal?.remove(entry.submitId)
      return null
    }
    ctx.onEvent?.({ type: 'reused', submitId: entry.submitId })
    return finish(entry, true, ctx)
  }

  return {
    upload: (bytes, ctx = {}) => uploader.upload(bytes, ctx),
    cutout: (imageUri, ctx = {}) => tasks.submit({ imageUri, inputSha256: '' }, ctx),
    query: (ids, ctx = {}) => tasks.query(ids, ctx),
    wait: (id, ctx = {}) => tasks.wait(id, ctx),
    download: (url, ctx = {}) => download(url, ctx),
    credit: (ctx = {}) =>
      repeat(resolved, ctx, () => transport.callApi(creditRequest(transport.apiContext()), CreditData, ctx)),
    check: (ctx = {}) => uploader.token(ctx),
    async segment(bytes, ctx = {}) {
      const inputSha256 = payloadHash(bytes)
      const known = await reuse(inputSha256, ctx)
      if (known) return known
      const imageUri = await uploader.upload(bytes, ctx)
      return finish(await tasks.submit({ imageUri, inputSha256 }, ctx), false, ctx)
    },
    resume: (id, ctx = {}) =>
      finish(isSubmitId(id) ? { submitId: id, historyId: '' } : { submitId: '', historyId: id }, true, ctx),
  }
}

function transparentFormat(bytes: Uint8Array, task: string): 'png' | 'webp' {
  const kind = pictureKind(bytes)
  if (kind.canBeTransparent) return kind.format
  const got =
    kind.format === 'unknown' ? 'bytes of an unknown format' : `a ${kind.format.toUpperCase()} without an alpha channel`
  throw new KoutuError('ENGINE_RESULT_OPAQUE', {
    detail: `expected a PNG or WebP with transparency but Dreamina sent ${got}. Look at the task on the site, or use the local engine.`,
    data: { step: 'download', format: kind.format, task },
  })
}
