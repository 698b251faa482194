// One image from the file to its cutout on the server: upload, events, report. What a reload or a restart interrupts is
// found again by the job's id, or by the idempotency key of the upload.

import { batch } from '@preact/signals'
import { followJob, type JobEvent } from '../api/job-events.ts'
import { deleteJob, type Job, readJob, submitJob, withdrawJob } from '../api/jobs.ts'
import { problemOf, RequestError, sentenceOf } from '../api/request.ts'
import { number, percent, t } from '../i18n/index.ts'
import { announce } from '../state/announce.ts'
import { hasEnded, type Item, type Outcome, type Status, totals } from '../state/items.ts'
import { saveList } from '../state/store.ts'
import { noteTry } from '../state/tries.ts'
import { runOnDevice } from './on-device.ts'
import { createSlots } from './slots.ts'
import { cutThumbnail } from './thumbnails.ts'

// Together they leave one of a browser's six connections for what the visitor asks for.
const uploads = createSlots(2)
const streams = createSlots(3)
const running = new Map<string, AbortController>()

export async function runItem(item: Item): Promise<void> {
  const controller = new AbortController()
  running.get(item.id)?.abort()
  running.set(item.id, controller)
  const { signal } = controller
  try {
    if (item.where === 'device') succeed(item, (await runOnDevice(item, signal)).outcome)
    else {
      if (!item.jobId.peek()) await upload(item, signal)
      await finish(item, signal)
    }
  } catch (error) {
    if (!signal.aborted) fail(item, error)
  } finally {
    if (running.get(item.id) === controller) running.delete(item.id)
    saveList()
  }
}

async function upload(item: Item, signal: AbortSignal): Promise<void> {
  const { name, source, url } = item
  if (!source && !url) throw new RequestError('INPUT_UNREADABLE', t().card.gone, 0)
  await uploads.run(async () => {
    item.status.value = 'uploading'
    const idempotencyKey = uploadKey(item)
    const job = await submitJob(
      { name, source, url, options: {}, idempotencyKey },
      { signal, onWaiting: (error) => wait(item, error) },
    )
    signal.throwIfAborted()
    item.jobId.value = job.id
    item.outlook.value = job
    saveList()
    item.status.value = job.state === 'running' ? 'running' : 'queued'
  }, signal)
}

/** What the server or the network says while the page tries again. */
function wait(item: Item, error: RequestError | null): void {
  item.error.value = error && { code: error.code, detail: error.message }
}

async function finish(item: Item, signal: AbortSignal): Promise<void> {
  const id = item.jobId.peek()!
  await streams.run(async () => {
    const job = await readJob(id, { signal, onWaiting: (error) => wait(item, error) })
    if (!settled(item, job)) {
      item.status.value = job.state === 'running' ? 'running' : 'queued'
      item.outlook.value = job
      await followJob(id, (event) => apply(item, event), signal)
      settled(item, await readJob(id, { signal }))
    }
  }, signal)
}

function apply(item: Item, event: JobEvent): void {
  if (event.type === 'progress') item.progress.value = event.progress
  else if (event.type === 'outlook') item.outlook.value = event
  else if (event.state === 'running' || event.state === 'queued') item.status.value = event.state
}

const ENDS: Readonly<Partial<Record<Job['state'], Status>>> = {
  failed: 'failed',
  canceled: 'canceled',
  expired: 'expired',
  deleted: 'expired',
}

/** Takes the outcome of an ended job. */
function settled(item: Item, { state, result, error }: Job): boolean {
  if (result) {
    succeed(item, result)
    return true
  }
  const status = ENDS[state]
  if (!status) return false
  batch(() => {
    item.error.value = error && { code: error.code, detail: error.detail ?? error.title ?? null }
    item.status.value = status
  })
  if (error) announce(t().live.failed(item.name, sentenceOf(error.code, error.detail)))
  return true
}

function succeed(item: Item, outcome: Outcome): void {
  batch(() => {
    item.outcome.value = outcome
    item.error.value = null
    item.progress.value = 1
    item.status.value = 'done'
  })
  void cutThumbnail(item)
  tell(item)
}

function fail(item: Item, error: unknown): void {
  const { code, message } = problemOf(error)
  batch(() => {
    item.error.value = { code, detail: message }
    item.status.value = code === 'JOB_NOT_FOUND' ? 'expired' : 'failed'
  })
  announce(t().live.failed(item.name, sentenceOf(code, message)))
}

function tell({ name, outcome }: Item): void {
  const { subject, coverage, touches } = outcome.peek()!.report
  const { live, sides } = t()
  const { all, ended } = totals.peek()
  const found = subject
    ? live.found(
        name,
        percent(coverage),
        touches.map((side) => sides[side]),
      )
    : live.none(name)
  announce(all > 1 && ended === all ? `${found} ${live.allDone}` : found)
}

export function cancelItem(item: Item): void {
  running.get(item.id)?.abort()
  if (hasEnded(item.status.peek())) return
  // First of all, so that no reload runs it again.
  noteTry(item.id, { attempt: item.attempt.peek(), isCanceled: true })
  cancelJob(item)
  item.status.value = 'canceled'
  saveList()
}

/** May be asked again: a reload could have come before the server heard of it. An upload may have no answer yet. */
export function cancelJob(item: Item): void {
  if (item.where === 'device') return
  const id = item.jobId.peek()
  void (id ? deleteJob(id) : withdrawJob(uploadKey(item))).catch(() => {})
}

const uploadKey = (item: Item): string => `${item.id}.${item.attempt.peek()}`

/** Starts anew: the image is sent again. */
export function retryItem(item: Item): void {
  noteTry(item.id, { attempt: item.attempt.peek() + 1, isCanceled: false })
  batch(() => {
    item.jobId.value = null
    item.error.value = null
    item.progress.value = 0
    item.attempt.value++
    item.status.value = 'waiting'
  })
  saveList()
  void runItem(item)
}

export const secondsText = (ms: number): string => t().report.seconds(number(ms / 1000, 1))
