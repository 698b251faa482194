// A watched folder on the disk: which images it has, as a folder run finds them, and where their results go.

import { stat } from 'node:fs/promises'
import { relative } from 'node:path'
import { invalidOptions, isKoutuError, type KoutuError } from '@koutu/core'
import { createFileKeys } from '../plan/claims.ts'
import type { Naming } from '../plan/destination.ts'
import { fileSystem } from '../plan/file-tree.ts'
import { isBelow, searchFolder } from '../plan/find-inputs.ts'
import { type Job, jobOf } from '../plan/plan.ts'
import type { FolderEvents } from './folder-events.ts'
import type { WatchPorts } from './watch-loop.ts'

/** Equal stamps mean that nothing was written in between. Null where no file is. */
export async function stampOf(path: string): Promise<string | null> {
  const info = await stat(path).catch(() => null)
  return info?.isFile() ? `${info.size} ${info.mtimeMs}` : null
}

/** `onUnreadable` is told of a folder once, until it can be read again. */
export function folderScan(
  folder: string,
  naming: Naming,
  events: FolderEvents,
  onUnreadable: (path: string, error: KoutuError) => void,
): WatchPorts['scan'] {
  const tree: typeof fileSystem = {
    ...fileSystem,
    list(path) {
      events.add(path)
      return fileSystem.list(path)
    },
  }
  const outputFolder = naming.destination.type === 'folder' ? naming.destination.path : null
  // Whether a file is a result is looked up when it is due: here, each file would be opened again and again.
  const search = { tree, outputFolder, takesResults: true, fullNames: naming.fullNames }
  let unreadable = new Set<string>()
  return async (see) => {
    const before = unreadable
    unreadable = new Set()
    const miss = (path: string, error: KoutuError) => {
      unreadable.add(path)
      if (!before.has(path)) onUnreadable(path, error)
    }
    events.beginScan()
    try {
      for await (const finding of searchFolder(folder, search)) {
        if (finding.type === 'missing') miss(finding.input, finding.error)
        const stamp = finding.type === 'image' ? await stampOf(finding.input) : null
        if (stamp !== null) see(finding.input, stamp)
      }
    } catch (error) {
      if (!isKoutuError(error)) throw error
      miss(folder, error)
    }
    events.endScan()
    return (path) => [...unreadable].some((away) => isBelow(path, away))
  }
}

/**
 * Names the result of an image. Of images whose results would share a file, the first has it as long as it is there. Errors:
 * INVALID_OPTIONS for the others.
 */
export function jobNamer(folder: string, naming: Naming): (path: string) => Promise<Job> {
  const owners = new Map<string, string>()
  return async (path) => {
    // Anew for each image: folders may have changed since.
    const keyOf = createFileKeys(fileSystem)
    const job = jobOf({ input: path, relative: relative(folder, path) }, naming)
    const key = await keyOf(job.output)
    const owner = owners.get(key) ?? path
    if ((await keyOf(owner)) !== (await keyOf(path)) && (await stampOf(owner)) !== null) {
      const message = `'${owner}' and '${path}' would both be written to '${job.output}'; --full-names keeps folders and extensions in the names of results`
      throw invalidOptions([{ path: '--output', message }])
    }
    owners.set(key, path)
    return job
  }
}
