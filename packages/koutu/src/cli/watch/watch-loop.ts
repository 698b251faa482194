// The loop of `koutu watch`: scan the folder, start what is due, rest until something changes. What was missed by the events of
// the system is found by the next scan. Disk, clock and work are ports.

import { createSettlingQueue } from './settling-queue.ts'

export interface WatchPorts {
  /** Hands over every file there is, with a stamp that differs after a change. Resolves with a test for those that cannot be seen now. */
  scan(see: (path: string, stamp: string) => void): Promise<(path: string) => boolean>
  /** The stamp of one file now; null where it is gone. */
  stampOf(path: string): Promise<string | null>
  /** Processes a file. Never rejects. */
  run(path: string): Promise<void>
  /** Resolves after `minMs` if anything has changed since the last scan began, else at the next change or after `maxMs`. At once on abort. */
  rest(minMs: number, maxMs: number): Promise<void>
  now(): number
}

export interface WatchSettings {
  /** A file is due when it has not changed for so long. */
  readonly settleMs: number
  /** Files in progress at once. */
  readonly concurrency: number
  readonly signal: AbortSignal
}

const MIN_REST_MS = 100
/** Without any event, a folder is scanned so often. */
const MAX_REST_MS = 5000
/** Rests last so many times as long as the scan before: where files keep changing, and where nothing happens. */
const BUSY_RATIO = 4
const IDLE_RATIO = 20

/** Resolves after an abort, once nothing is in progress, with the number of files that were not attempted. */
export async function watchFiles({ settleMs, concurrency, signal }: WatchSettings, ports: WatchPorts): Promise<number> {
  const queue = createSettlingQueue(settleMs)
  const running = new Set<Promise<void>>()
  const handle = async (path: string, stamp: string) => {
    const found = await ports.stampOf(path)
    if (found === stamp) await ports.run(path)
    // It has changed since the scan.
    else if (found !== null) queue.see(path, found, ports.now())
    queue.finish(path, (await ports.stampOf(path)) !== null)
  }
  const fill = () => {
    while (running.size < concurrency && !signal.aborted) {
      const file = queue.take()
      if (file === null) return
      const work: Promise<void> = handle(file.path, file.stamp).then(() => {
        running.delete(work)
        fill()
      })
      running.add(work)
    }
  }
  while (!signal.aborted) {
    const beginMs = ports.now()
    queue.endScan(await ports.scan((path, stamp) => queue.see(path, stamp, ports.now())))
    fill()
    const nowMs = ports.now()
    const minMs = Math.max(MIN_REST_MS, BUSY_RATIO * (nowMs - beginMs))
    const maxMs = Math.min(Math.max(MAX_REST_MS, IDLE_RATIO * (nowMs - beginMs)), queue.dueMs() - nowMs)
    if (!signal.aborted) await ports.rest(minMs, Math.max(minMs, maxMs))
  }
  await Promise.all(running)
  return queue.waiting
}
