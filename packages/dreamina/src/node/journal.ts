// The journal as a folder: one small file per task, so that processes do not interfere. File names start with the hash of the
// input, so that a task is found without reading every file.

import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { KoutuError } from '@koutu/core'
import { z } from 'zod'
import type { Journal, JournalEntry } from '../client/journal.ts'
import { isSubmitId } from '../client/task.ts'
import { codeOf, writeDurably } from './durable-file.ts'
import { type Environment, stateFolder } from './folders.ts'

const Entry = z.object({
  submitId: z.string().refine(isSubmitId),
  historyId: z.string(),
  region: z.string(),
  imageUri: z.string(),
  inputSha256: z.string().regex(/^([0-9a-f]{64})?$/),
  createdAtMs: z.number(),
  state: z.enum(['sent', 'submitted', 'fetched']),
})

/** Hex digits of the hash in a name. */
const NAMED_DIGITS = 16
const NO_HASH = 'none'
/** Finished tasks are forgotten after this time: the service's long-lived addresses end then as well. */
const KEPT_MS = 30 * 24 * 3600_000

export interface FileJournal extends Journal {
  readonly folder: string
  /** Removes finished entries older than 30 days. */
  prune(nowMs: number): Promise<void>
}

export function createFileJournal(env: Environment = process.env): FileJournal {
  const folder = join(stateFolder(env), 'dreamina')

  async function names(): Promise<string[]> {
    try {
      return (await readdir(folder)).filter((name) => name.endsWith('.json'))
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return []
      throw new KoutuError('INPUT_UNREADABLE', { detail: `'${folder}' (${codeOf(error)})`, cause: error })
    }
  }

  /** A file that is gone or damaged is no entry. */
  async function read(name: string): Promise<JournalEntry | null> {
    try {
      return Entry.parse(JSON.parse(await readFile(join(folder, name), 'utf8')))
    } catch {
      return null
    }
  }

  async function readAll(wanted: (name: string) => boolean): Promise<JournalEntry[]> {
    const entries: JournalEntry[] = []
    for (const name of await names()) {
      const entry = wanted(name) ? await read(name) : null
      if (entry) entries.push(entry)
    }
    return entries.sort((a, b) => a.createdAtMs - b.createdAtMs)
  }

  const ending = (submitId: string) => `.${submitId.toLowerCase()}.json`

  async function remove(submitId: string): Promise<void> {
    for (const name of await names()) {
      if (name.endsWith(ending(submitId))) await rm(join(folder, name), { force: true })
    }
  }

  return {
    folder,
    async put(entry) {
      const checked = Entry.parse(entry)
      const start = checked.inputSha256.slice(0, NAMED_DIGITS) || NO_HASH
      await writeDurably(join(folder, `${start}${ending(checked.submitId)}`), `${JSON.stringify(checked)}\n`, 'private')
    },
    async get(submitId) {
      return (await readAll((name) => name.endsWith(ending(submitId))))[0] ?? null
    },
    async ofInput(inputSha256) {
      const start = `${inputSha256.slice(0, NAMED_DIGITS)}.`
      const entries = await readAll((name) => name.startsWith(start))
      return entries.filter((entry) => entry.inputSha256 === inputSha256)
    },
    list: () => readAll(() => true),
    remove,
    async prune(nowMs) {
      const old = (await readAll(() => true)).filter(
        ({ state, createdAtMs }) => state === 'fetched' && createdAtMs < nowMs - KEPT_MS,
      )
      for (const { submitId } of old) await remove(submitId)
    },
  }
}
