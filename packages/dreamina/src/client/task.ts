// The paid part: submit a cutout, find it again if the response is lost, poll until it ends. The journal records a task before
// the service knows it, and deletes it only after a clear rejection.

import { isKoutuError, KoutuError, type KoutuErrorInit } from '@koutu/core'
import { GenerateData, QueryData, type TaskRecord } from '../wire/answers.ts'
import { taskFailure } from '../wire/codes.ts'
import { createCutoutDraft } from '../wire/draft.ts'
import { generateRequest, queryRequest, type TaskIds } from '../wire/requests.ts'
import { type DreaminaCtx, type ResolvedConfig, randomFraction, uuid } from './config.ts'
import type { JournalEntry } from './journal.ts'
import type { Redactor } from './redact.ts'
import { backOff, isLost, isPassing, pause, repeat } from './retry.ts'
import type { Transport } from './transport.ts'

const FIRST_POLL_MS = 1000
const POLL_GROWTH = 1.5
/** Longest time between polls where the service suggests none, and the bounds of what it may suggest. */
const POLL_CAP_S = 10
const POLL_MIN_S = 1
const POLL_MAX_S = 60
/** Lookups before a task counts as not accepted. */
const LOOKUPS = 3
/** Polls in a row without the task, or without its images, before that is an error. */
const MAX_MISSES = 5
/** Polls in a row that fail before the client gives up; the task goes on without it. */
const MAX_TROUBLES = 8
const MAX_UNREADABLE = 3

export interface Submitted {
  readonly submitId: string
  /** Empty when the service told none. */
  readonly historyId: string
}

interface SubmitInput {
  readonly imageUri: string
  readonly inputSha256: string
}

export interface Tasks {
  submit(input: SubmitInput, ctx: DreaminaCtx): Promise<Submitted>
  query(ids: TaskIds, ctx: DreaminaCtx): Promise<ReadonlyMap<string, TaskRecord>>
  /** The record of one task, null where the service knows none. */
  find(id: string, ctx: DreaminaCtx): Promise<TaskRecord | null>
  wait(id: string, ctx: DreaminaCtx): Promise<TaskRecord>
}

export function createTasks(config: ResolvedConfig, transport: Transport): Tasks {
  return new PaidTasks(config, transport)
}

class PaidTasks implements Tasks {
  readonly #config: ResolvedConfig
  readonly #transport: Transport

  constructor(config: ResolvedConfig, transport: Transport) {
    this.#config = config
    this.#transport = transport
  }

  query(ids: TaskIds, ctx: DreaminaCtx): Promise<ReadonlyMap<string, TaskRecord>> {
    return repeat(this.#config, ctx, () => this.#queryOnce(ids, ctx))
  }

  find(id: string, ctx: DreaminaCtx): Promise<TaskRecord | null> {
    return repeat(this.#config, ctx, () => this.#findOnce(id, ctx))
  }

  async #queryOnce(ids: TaskIds, ctx: DreaminaCtx): Promise<ReadonlyMap<string, TaskRecord>> {
    const records = await this.#transport.callApi(queryRequest(this.#transport.apiContext(), ids), QueryData, ctx)
    for (const record of records.values()) {
      for (const { url } of record.images) hideUrl(this.#transport.redactor, url)
    }
    return records
  }

  async #findOnce(id: string, ctx: DreaminaCtx): Promise<TaskRecord | null> {
    const records = await this.#queryOnce(isSubmitId(id) ? { submitIds: [id] } : { historyIds: [id] }, ctx)
    const byContent = () => [...records.values()].find((record) => record.submitId === id || record.historyId === id)
    return records.get(id) ?? byContent() ?? null
  }

  async #lookUp(submitId: string, ctx: DreaminaCtx): Promise<TaskRecord | null> {
    for (let round = 1; round <= LOOKUPS; round++) {
      await pause(this.#config, round * FIRST_POLL_MS, ctx)
      const record = await repeat(this.#config, ctx, () => this.#findOnce(submitId, ctx))
      if (record) return record
    }
    return null
  }

  async submit({ imageUri, inputSha256 }: SubmitInput, ctx: DreaminaCtx): Promise<Submitted> {
    const { journal, limits, ports, region } = this.#config
    const submitId = uuid(ports.randomBytes)
    const entry: JournalEntry = {
      submitId,
      historyId: '',
      region: region.id,
      imageUri,
      inputSha256,
      createdAtMs: ports.nowMs(),
      state: 'sent',
    }
    await journal?.put(entry)
    const draftPorts = { uuid: () => uuid(ports.randomBytes), nowMs: () => this.#transport.serviceNowMs() }
    const draft = createCutoutDraft(imageUri, draftPorts)
    const accepted = async (record: TaskRecord): Promise<Submitted> => {
      const { historyId } = record
      await journal?.put({ ...entry, historyId, state: 'submitted' })
      ctx.onEvent?.({ type: 'submitted', submitId, historyId })
      return { submitId, historyId }
    }
    let wasLost = false
    for (let attempt = 1; ; attempt++) {
      try {
        const request = generateRequest(this.#transport.apiContext(), { submitId, draft })
        return await accepted(await this.#transport.callApi(request, GenerateData, ctx))
      } catch (error) {
        const last = attempt >= limits.attempts
        if (isUnclear(error)) {
          wasLost = true
          const record = await this.#lookUp(submitId, ctx).catch((failure: unknown) => {
            throw withTask(failure, submitId)
          })
          if (record) return accepted(record)
        } else if (!isPassing(error) || last) {
          if (isKoutuError(error) && error.code === 'ABORTED') throw withTask(error, submitId)
          if (!wasLost) await journal?.remove(submitId)
          throw error
        }
        if (last) throw withTask(error, submitId)
        await backOff(this.#config, attempt, error, ctx).catch((failure: unknown) => {
          throw withTask(failure, submitId)
        })
      }
    }
  }

  async wait(id: string, ctx: DreaminaCtx): Promise<TaskRecord> {
    const { limits, ports } = this.#config
    const beginMs = ports.nowMs()
    let growingMs = FIRST_POLL_MS
    let misses = 0
    let troubles = 0
    let limitMs = limits.waitTimeoutMs
    let capMs = POLL_CAP_S * 1000
    for (;;) {
      let record: TaskRecord | null = null
      try {
        record = await this.#findOnce(id, ctx)
        troubles = 0
        misses = record === null || record.state === 'done' ? misses + 1 : 0
      } catch (error) {
        const unreadable = isKoutuError(error) && error.code === 'ENGINE_ANSWER_INVALID'
        const bearable = unreadable || isLost(error) || isPassing(error)
        if (!bearable || ++troubles >= (unreadable ? MAX_UNREADABLE : MAX_TROUBLES)) throw withTask(error, id)
      }
      if (record?.state === 'failed') throw await this.#failed(id, record)
      if (record?.state === 'done' && record.images.length > 0) return record
      if (misses >= MAX_MISSES) throw missing(id, record)
      let queued = false
      if (record) {
        const { queue, status, forecastSeconds } = record
        const position = queue?.position ?? null
        ctx.onEvent?.({ type: 'queue', status, position, length: queue?.length ?? null, forecastSeconds })
        queued = (position ?? 0) > 0
        if (queue?.timeoutSeconds) limitMs = Math.min(limits.waitTimeoutMs, queue.timeoutSeconds * 1000)
        capMs = 1000 * Math.min(POLL_MAX_S, Math.max(POLL_MIN_S, queue?.pollSeconds ?? POLL_CAP_S))
      }
      // In a queue the service's own interval holds; otherwise a cutout takes seconds, so polls start close together.
      const spread = 1 + randomFraction(ports.randomBytes) / 5
      const waitMs = Math.round((queued ? capMs : Math.min(growingMs, capMs)) * spread)
      growingMs *= POLL_GROWTH
      if (ports.nowMs() - beginMs + waitMs > limitMs) throw tooSlow(id, limitMs)
      await pause(this.#config, waitMs, ctx).catch((error: unknown) => {
        throw withTask(error, id)
      })
    }
  }

  async #failed(id: string, record: TaskRecord): Promise<KoutuError> {
    const submitId = record.submitId || (isSubmitId(id) ? id : '')
    if (submitId !== '') await this.#config.journal?.remove(submitId)
    const known = taskFailure(record.failCode, record.failKey, record.status)
    const number = this.#transport.redactor.text(record.failCode || record.failKey)
    const said = this.#transport.redactor.text(record.failMessage)
    return new KoutuError(known.error, {
      detail: `the task ended with status ${record.status}${number ? ` and code ${number}` : ''}, ${known.meaning}${said ? ` ("${said}")` : ''}. ${known.advice}`,
      data: { step: 'query', status: record.status, serviceCode: number, task: this.#transport.redactor.text(id) },
    })
  }
}

/** The query of a signed address is what opens it. */
function hideUrl(redactor: Redactor, url: string): void {
  redactor.add(url)
  const parsed = URL.parse(url)
  if (parsed?.search) redactor.add(parsed.search.slice(1))
  for (const value of parsed?.searchParams.values() ?? []) if (value.length >= 16) redactor.add(value)
}

/** Submit ids are UUIDs, history ids decimal numbers. */
export function isSubmitId(id: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)
}

/** Whether the service may have accepted what this was the answer to. */
function isUnclear(error: unknown): boolean {
  return isLost(error) || (isKoutuError(error) && error.code === 'ENGINE_ANSWER_INVALID')
}

/** The same error, naming the task that may go on without the client. */
function withTask(error: unknown, task: string): unknown {
  if (!isKoutuError(error) || error.data.task !== undefined) return error
  const said = error.message.slice(error.row.title.length).replace(/^: |^\.$/, '')
  const init: KoutuErrorInit = {
    detail: `${said ? `${said.replace(/\.?$/, '.')} ` : ''}The task may go on: \`koutu dreamina resume ${task}\` fetches its result.`,
    data: { ...error.data, task },
    ...(error.cause === undefined ? {} : { cause: error.cause }),
  }
  return new KoutuError(error.code, init)
}

function missing(id: string, record: TaskRecord | null): KoutuError {
  const got = record ? `status ${record.status} without an image` : 'no record of it'
  return new KoutuError('ENGINE_ANSWER_INVALID', {
    detail: `expected the task ${id} but Dreamina answered ${got}. Check that the session belongs to the account that made it.`,
    data: { step: 'query', task: id },
  })
}

function tooSlow(id: string, limitMs: number): KoutuError {
  return new KoutuError('ENGINE_TIMEOUT', {
    detail: `the task was not done within ${Math.round(limitMs / 1000)} s. It goes on: \`koutu dreamina resume ${id}\` fetches its result.`,
    data: { step: 'query', task: id },
  })
}
