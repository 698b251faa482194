// The other threads of the integer engine: small workers of the folder, which share the memory of one network at a time.

import { KoutuError } from '@koutu/core/errors'
import type { ServeMessage, ThreadMessage } from './thread.ts'

export interface Threads {
  readonly count: number
  /** Resolves when all of them serve this memory, where thread 0 is the caller. Those that served another must have been let go. */
  serve(message: Omit<ServeMessage, 'thread'>): Promise<void>
  end(): void
}

/** Errors: ENGINE_UNAVAILABLE where a worker does not start. */
export async function startThreads(url: string, count: number): Promise<Threads> {
  const workers = Array.from({ length: count }, () => new Worker(url, { type: 'module', name: 'koutu thread' }))
  const end = () => {
    for (const worker of workers) worker.terminate()
  }
  const all = (expected: ThreadMessage) => Promise.all(workers.map((worker) => hear(worker, expected)))
  try {
    await all('started')
  } catch (error) {
    end()
    throw error
  }
  return {
    count,
    async serve(message) {
      const ready = all('ready')
      for (const [i, worker] of workers.entries())
        worker.postMessage({ ...message, thread: i + 1 } satisfies ServeMessage)
      await ready
    },
    end,
  }
}

function hear(worker: Worker, expected: ThreadMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<ThreadMessage>) => {
      if (data === expected) resolve()
    }
    worker.onerror = ({ message }) => {
      reject(new KoutuError('ENGINE_UNAVAILABLE', { detail: `a thread ended: ${message || 'it could not be loaded'}` }))
    }
    worker.onmessageerror = () => {
      reject(new KoutuError('ENGINE_UNAVAILABLE', { detail: 'a thread could not share memory' }))
    }
  })
}
