// A worker on an open store, for the server and for workers elsewhere alike.

import type { MemoryBudget } from './limits/memory-budget.ts'
import { imageBytes } from './limits/server-memory.ts'
import type { Store } from './open-store.ts'
import type { Blobs, Logger, Observer, Runner } from './ports/ports.ts'
import { createWorker, type Worker } from './worker/worker.ts'

export interface StoreWorkerSettings {
  /** Jobs that run at once. */
  readonly concurrency: number
  readonly jobTimeoutMs: number
  readonly outageTimeoutMs: number
  /** For large images of jobs that are worked on. */
  readonly tempFolder: string
}

export interface StoreWorkerPorts {
  readonly blobs: Blobs
  readonly runner: Runner
  readonly observer: Observer
  readonly logger: Logger
  /** For images in progress. */
  readonly memory: MemoryBudget
}

export function createStoreWorker(
  store: Store,
  { concurrency, jobTimeoutMs, outageTimeoutMs, tempFolder }: StoreWorkerSettings,
  { memory, ...ports }: StoreWorkerPorts,
): Worker {
  return createWorker({
    ...ports,
    store: store.work,
    notifications: store.notifications,
    reserve: ({ pixels, input, background }, signal) =>
      memory.acquire(imageBytes(pixels, input.bytes + (background?.bytes ?? 0)), { signal }),
    concurrency,
    timeoutMs: jobTimeoutMs,
    outageTimeoutMs,
    tempFolder,
    nowMs: Date.now,
    monotonicMs: () => performance.now(),
  })
}
