// What the last inference process loaded: most likely the next one loads the same, and may begin before anybody has said so.
// Imports nothing large, because it is read first of all.

import { readFileSync, statSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ModelFile } from './messages.ts'

export interface Load {
  readonly model: ModelFile
  readonly threads: number
}

interface Remembered extends Load {
  /** Of the graph when it was loaded. Another file under the same name must not be taken for it. */
  readonly bytes: number
  readonly modifiedMs: number
}

function pathIn(cacheDir: string): string {
  return join(cacheDir, 'last-load.json')
}

/** Null where there is none, it cannot be read, or the graph has changed since. */
export function readLastLoad(cacheDir: string): Load | null {
  try {
    const { model, threads, bytes, modifiedMs } = JSON.parse(readFileSync(pathIn(cacheDir), 'utf8')) as Remembered
    const { size, mtimeMs } = statSync(model.path)
    return size === bytes && mtimeMs === modifiedMs && Number.isInteger(threads) ? { model, threads } : null
  } catch {
    return null
  }
}

/** A cache that cannot be written costs a moment at the next start, no picture. */
export async function rememberLoad(cacheDir: string, load: Load): Promise<void> {
  try {
    const { size, mtimeMs } = await stat(load.model.path)
    const remembered: Remembered = { ...load, bytes: size, modifiedMs: mtimeMs }
    const { writeAtomic } = await import('../models/files.ts')
    await writeAtomic(pathIn(cacheDir), [Buffer.from(`${JSON.stringify(remembered)}\n`)])
  } catch {}
}
