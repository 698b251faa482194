// The images of the page, in the order in which they were added. Each carries its own signals, so that one that moves on
// redraws its own card alone.

import type { Report } from '@koutu/core/pipeline'
import { computed, type Signal, signal } from '@preact/signals'
import { createHistory, type History, type Stroke } from '../fix/strokes.ts'
import { tryOf } from './tries.ts'
import type { Where } from './where.ts'

export type Status =
  | 'waiting'
  | 'uploading'
  | 'loading'
  | 'queued'
  | 'running'
  | 'done'
  | 'failed'
  | 'canceled'
  | 'expired'

interface ItemError {
  readonly code: string
  readonly detail: string | null
}

/** Where a job stands, as the server says. */
interface Outlook {
  readonly position: number | null
  readonly secondsLeft: number | null
}

export interface Outcome {
  readonly width: number
  readonly height: number
  readonly bytes: number
  readonly contentType: string
  readonly report: Report
}

export interface Item {
  readonly id: string
  readonly name: string
  /** Null where it came by URL, or was not kept. */
  readonly source: Blob | null
  readonly url: string | null
  readonly where: Where
  readonly status: Signal<Status>
  /** 0..1 of the current status. */
  readonly progress: Signal<number>
  readonly error: Signal<ItemError | null>
  readonly outlook: Signal<Outlook | null>
  readonly jobId: Signal<string | null>
  readonly outcome: Signal<Outcome | null>
  /** A small copy of the image, and the cutout in its place once there is one. */
  readonly original: Signal<ImageBitmap | null>
  readonly thumbnail: Signal<ImageBitmap | null>
  /** Counts tries: each has an idempotency key of its own. */
  readonly attempt: Signal<number>
  readonly strokes: History
}

export interface ItemRecord {
  readonly id: string
  readonly name: string
  readonly url: string | null
  readonly where: Where
  readonly jobId: string | null
  /** That of `jobId`. */
  readonly attempt: number
  readonly strokes: readonly Stroke[]
}

export function createItem(record: ItemRecord, source: Blob | null): Item {
  const { id, name, url, where } = record
  const { attempt, isCanceled } = tryOf(id)
  return {
    id,
    name,
    source,
    url,
    where,
    status: signal<Status>(isCanceled ? 'canceled' : 'waiting'),
    progress: signal(0),
    error: signal(null),
    outlook: signal(null),
    jobId: signal(record.attempt === attempt ? record.jobId : null),
    outcome: signal(null),
    original: signal(null),
    thumbnail: signal(null),
    attempt: signal(attempt),
    strokes: createHistory(record.strokes ?? []),
  }
}

export function recordOf(item: Item): ItemRecord {
  const { id, name, url, where } = item
  return {
    id,
    name,
    url,
    where,
    jobId: item.jobId.peek(),
    attempt: item.attempt.peek(),
    strokes: item.strokes.peek(),
  }
}

export const items = signal<readonly Item[]>([])
const selectedId = signal<string | null>(null)

export const selected = computed<Item | null>(
  () => items.value.find(({ id }) => id === selectedId.value) ?? items.value[0] ?? null,
)

export function select(item: Item): void {
  selectedId.value = item.id
}

export function selectBy(step: 1 | -1): void {
  const at = items.value.indexOf(selected.value!)
  const next = items.value[at + step]
  if (next) select(next)
}

const ENDED: ReadonlySet<Status> = new Set(['done', 'failed', 'canceled', 'expired'])

export const hasEnded = (status: Status): boolean => ENDED.has(status)

export const totals = computed(() => {
  const statuses = items.value.map(({ status }) => status.value)
  const count = (wanted: Status) => statuses.filter((status) => status === wanted).length
  const unfinished = items.value.filter(({ status }) => !hasEnded(status.value))
  const seconds = unfinished.map(({ outlook }) => outlook.value?.secondsLeft ?? 0)
  return {
    all: statuses.length,
    done: count('done'),
    failed: count('failed'),
    ended: statuses.length - unfinished.length,
    /** Until the last of those that the server knows has ended; 0 where it cannot tell. */
    secondsLeft: Math.round(Math.max(0, ...seconds)),
  }
})
