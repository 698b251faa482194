// What `/readyz` asks: whether an image sent now would be worked on.

import type { ReadyCheck } from './app-deps.ts'
import type { JobService } from './jobs/job-service.ts'
import type { Blobs } from './ports/ports.ts'
import type { Worker } from './worker/worker.ts'

const READY_CHECK_TIMEOUT_MS = 2_000

export interface Checked {
  readonly jobs: Pick<JobService, 'stats'>
  readonly blobs: Pick<Blobs, 'check'>
  /** Whether the model has been loaded. */
  readonly warmth: { readonly isDone: boolean }
  readonly worker: Pick<Worker, 'isHeldUp'>
  readonly maxQueued: number
}

/** All checks at once, each within two seconds. Never throws. */
export async function readiness({ jobs, blobs, warmth, worker, maxQueued }: Checked): Promise<readonly ReadyCheck[]> {
  const [queue, storage] = await Promise.all([answerInTime(jobs.stats()), answerInTime(blobs.check().then(() => true))])
  return [
    { name: 'model', isOk: warmth.isDone },
    { name: 'database', isOk: queue !== null },
    { name: 'storage', isOk: storage !== null },
    { name: 'worker', isOk: !worker.isHeldUp },
    { name: 'queue', isOk: queue !== null && queue.queued < maxQueued },
  ]
}

/** Null when it fails, or does not answer: what is frozen must not freeze who asks for it. */
async function answerInTime<T>(answer: Promise<T>): Promise<T | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>()
  const timer = setTimeout(resolve, READY_CHECK_TIMEOUT_MS, null)
  try {
    return await Promise.race([answer.catch(() => null), late])
  } finally {
    clearTimeout(timer)
  }
}
