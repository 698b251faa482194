// A worker on an open store, for the server and for workers elsewhere alike.

import { decodeBytes, type MemoryBudget } from './limits/memory-budget.ts'
import type { Store } from './open-store.ts'
import type { Blobs, Logger, Observer, Runner } from './ports/ports.ts'
import { createWorker, type Worker } from './worker/worker.ts'

export interface StoreWorkerSettings {
  /** Jobs that run at once. */
  readonly concurrency: number
  readonly jobTimeoutMs: number
}

export interface StoreWorkerPorts {
  readonly blobs: Blobs
  readonly runner: Runner
  readonly observer: Observer
  readonly logger: Logger
  /** Memory for decoded images. */
  readonly budget: MemoryBudget
}

export function createStoreWorker(
  store: Store,
  { concurrency, jobTimeoutMs }: StoreWorkerSettings,
  { budget, ...ports }: StoreWorkerPorts,
): Worker {
  return createWorker({
    ...ports,
    store: store.work,
    notifications: store.notifications,
    reserve: (pixels, signal) => budget.acquire(decodeBytes(pixels), signal),
    concurrency,
    timeoutMs: jobTimeoutMs,
    nowMs: Date.now,
  })
}
