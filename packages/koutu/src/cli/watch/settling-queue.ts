// Decides which files of a watched folder are due: those that are new or changed and have been still for a while. Each file is
// in the queue once, as a path. Knows no disk and no clock.

export interface SettlingQueue {
  /** A file as a scan met it at `nowMs`. Equal stamps mean that nothing was written in between. */
  see(path: string, stamp: string, nowMs: number): void
  /** Forgets the files that the scan did not meet, except those that it could not see. */
  endScan(isUnseen: (path: string) => boolean): void
  /** When the next file may have been still for long enough; Infinity where none is awaited. Files that were not seen do not count. */
  dueMs(): number
  /** The next file that is due, or null. It is not taken again before `finish`. */
  take(): { readonly path: string; readonly stamp: string } | null
  /** Where the file has changed since it was taken, it will be due once more. One that was gone counts as new when it is back. */
  finish(path: string, wasThere: boolean): void
  /** Files that were not taken yet. */
  readonly waiting: number
}

interface Seen {
  stamp: string
  /** When the stamp was first met. */
  sinceMs: number
  /** Number of the last scan that met the file. */
  scan: number
}

export function createSettlingQueue(settleMs: number): SettlingQueue {
  const files = new Map<string, Seen>()
  const settling = new Set<string>()
  const due = new Set<string>()
  const taken = new Set<string>()
  let scan = 0
  const forget = (path: string) => {
    files.delete(path)
    settling.delete(path)
    due.delete(path)
  }

  return {
    see(path, stamp, nowMs) {
      const file = files.get(path)
      if (file?.stamp !== stamp) {
        files.set(path, { stamp, sinceMs: nowMs, scan })
        due.delete(path)
        settling.add(path)
        return
      }
      file.scan = scan
      if (nowMs - file.sinceMs >= settleMs && settling.delete(path)) due.add(path)
    },
    endScan(isUnseen) {
      for (const [path, file] of files) if (file.scan !== scan && !isUnseen(path)) forget(path)
      scan++
    },
    dueMs() {
      let earliestMs = Number.POSITIVE_INFINITY
      for (const path of settling) {
        const { sinceMs, scan: last } = files.get(path)!
        if (last >= scan - 1) earliestMs = Math.min(earliestMs, sinceMs + settleMs)
      }
      return earliestMs
    },
    take() {
      for (const path of due) {
        if (taken.has(path)) continue
        due.delete(path)
        taken.add(path)
        return { path, stamp: files.get(path)!.stamp }
      }
      return null
    },
    finish(path, wasThere) {
      taken.delete(path)
      if (!wasThere) forget(path)
    },
    get waiting() {
      return settling.size + due.size
    },
  }
}
