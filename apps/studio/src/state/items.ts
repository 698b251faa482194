// The images of the page, in the order in which they were added. Each carries its own signals, so that one that moves on
// redraws its own card alone.

import type { Report } from '@koutu/core/pipeline'
import { computed, type Signal, signal } from '@preact/signals'

export type Status = 'waiting' | 'uploading' | 'queued' | 'running' | 'done' | 'failed' | 'canceled' | 'expired'

export interface ItemError {
  readonly code: string
  readonly detail: string | null
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
  readonly status: Signal<Status>
  /** 0..1 of the current status. */
  readonly progress: Signal<number>
  readonly error: Signal<ItemError | null>
  readonly jobId: Signal<string | null>
  readonly outcome: Signal<Outcome | null>
  readonly thumbnail: Signal<ImageBitmap | null>
  /** Counts tries: each has an idempotency key of its own. */
  readonly attempt: Signal<number>
}

export interface ItemRecord {
  readonly id: string
  readonly name: string
  readonly url: string | null
  readonly jobId: string | null
  readonly attempt: number
  readonly wasCanceled: boolean
}

export function createItem(record: ItemRecord, source: Blob | null): Item {
  const { id, name, url, jobId, attempt, wasCanceled } = record
  return {
    id,
    name,
    source,
    url,
    status: signal<Status>(wasCanceled ? 'canceled' : 'waiting'),
    progress: signal(0),
    error: signal(null),
    jobId: signal(jobId),
    outcome: signal(null),
    thumbnail: signal(null),
    attempt: signal(attempt),
  }
}

export function recordOf({ id, name, url, jobId, attempt, status }: Item): ItemRecord {
  const wasCanceled = status.peek() === 'canceled'
  return { id, name, url, jobId: jobId.peek(), attempt: attempt.peek(), wasCanceled }
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
  return { all: statuses.length, done: count('done'), failed: count('failed'), ended: statuses.filter(hasEnded).length }
})
