// Remembers what the last inference process loaded, so that the next one can start with it. Imports nothing large, because it
// is read first.

import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Load, ModelFile } from './messages.ts'

interface Remembered extends Load {
  /** The graph and its weights when they were loaded. Other files under the same names must not be taken for them. */
  readonly files: readonly FileState[]
}

interface FileState {
  readonly bytes: number
  readonly modifiedMs: number
}

function pathIn(cacheDir: string): string {
  return join(cacheDir, 'last-load.json')
}

function filesOf({ path, dataPath }: ModelFile): readonly FileState[] {
  return [path, dataPath].map((file) => {
    const { size, mtimeMs } = statSync(file)
    return { bytes: size, modifiedMs: mtimeMs }
  })
}

/** Null where there is none, it cannot be read, or the graph or its weights have changed since. */
export function readLastLoad(cacheDir: string): Load | null {
  try {
    const { model, threads, files } = JSON.parse(readFileSync(pathIn(cacheDir), 'utf8')) as Remembered
    return isDeepStrictEqual(filesOf(model), files) && Number.isInteger(threads) ? { model, threads } : null
  } catch {
    return null
  }
}

/** A cache that cannot be written costs a moment at the next start, no image. */
export async function rememberLoad(cacheDir: string, load: Load): Promise<void> {
  try {
    const remembered: Remembered = { ...load, files: filesOf(load.model) }
    const { writeAtomic } = await import('../models/files.ts')
    await writeAtomic(pathIn(cacheDir), [Buffer.from(`${JSON.stringify(remembered)}\n`)])
  } catch {}
}
