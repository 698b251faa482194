// Tells that something changed in folders, by the events of the system. A hint only: network drives send none, and systems limit
// how many folders are watched, so that whoever uses it looks for itself now and then.

import { type FSWatcher, watch } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

export interface FolderEvents extends Disposable {
  /** Begins a scan: what changes from now on counts. */
  beginScan(): void
  /** The scan is about to read this folder. Changes below its subfolders are those of the subfolders. */
  add(folder: string): void
  /** Ends a scan: folders that it did not read are let go. */
  endScan(): void
  /** Resolves after `minMs` if anything has changed since the scan began, else at the next change or after `maxMs`. At once on abort. */
  rest(minMs: number, maxMs: number): Promise<void>
}

/** Each takes memory of the kernel. */
const MAX_FOLDERS = 1000

export function openFolderEvents(signal: AbortSignal): FolderEvents {
  const watchers = new Map<string, FSWatcher>()
  const read = new Set<string>()
  let change = Promise.withResolvers<void>()
  const close = (folder: string) => {
    watchers.get(folder)?.close()
    watchers.delete(folder)
  }
  return {
    beginScan() {
      change = Promise.withResolvers()
      read.clear()
    },
    add(folder) {
      read.add(folder)
      if (watchers.has(folder) || watchers.size >= MAX_FOLDERS) return
      try {
        const watcher = watch(folder, { persistent: false }, () => change.resolve())
        watchers.set(
          folder,
          watcher.on('error', () => close(folder)),
        )
      } catch {
        // Its changes are found by the scans.
      }
    },
    endScan() {
      for (const folder of watchers.keys()) if (!read.has(folder)) close(folder)
    },
    async rest(minMs, maxMs) {
      await sleep(minMs, signal)
      const changed = new AbortController()
      void change.promise.then(() => changed.abort())
      await sleep(maxMs - minMs, AbortSignal.any([signal, changed.signal]))
    },
    [Symbol.dispose]() {
      for (const folder of watchers.keys()) close(folder)
    },
  }
}

/** Ends early on abort. */
async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch(() => {})
}
