// What was accepted since the last dump, appended to a plain file beside it: a damaged database loses no job that a client was
// told of. Its lines are those of a dump.

import { appendFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { toKoutuError } from '@koutu/core'
import type { Logger } from '../ports/ports.ts'
import type { DatabaseSettings } from './settings.ts'

/** A row of a table of koutu, as `to_jsonb` gives it. */
export interface DumpedRecord {
  readonly table: string
  readonly row: object
}

export interface RecordJournal {
  /** Resolves when they are written. Never rejects: what cannot be written is in the database all the same. */
  append(records: readonly DumpedRecord[]): Promise<void>
  /** From now on to a new file. The returned function deletes those before it, once a dump holds what they hold. */
  next(): Promise<() => Promise<void>>
}

/** For a database that is kept otherwise. */
export const NO_JOURNAL: RecordJournal = {
  append: async () => {},
  next: async () => async () => {},
}

const NAME = /^records-(\d{1,15})\.jsonl$/

/** The oldest first. */
export async function journalPaths(folder: string): Promise<readonly string[]> {
  return (await numbersIn(folder)).map((number) => pathOf(folder, number))
}

export function openJournal(settings: DatabaseSettings, logger: Logger): RecordJournal {
  return settings.type === 'folder' ? new FileJournal(settings.folder, logger) : NO_JOURNAL
}

class FileJournal implements RecordJournal {
  readonly #folder: string
  readonly #logger: Logger
  #current: Promise<number>
  #writing: Promise<unknown>

  constructor(folder: string, logger: Logger) {
    this.#folder = folder
    this.#logger = logger
    this.#current = numbersIn(folder).then((numbers) => (numbers.at(-1) ?? 0) + 1)
    this.#writing = this.#current
  }

  async append(records: readonly DumpedRecord[]): Promise<void> {
    const lines = records.map((record) => `${JSON.stringify(record)}\n`).join('')
    const write = async () => appendFile(pathOf(this.#folder, await this.#current), lines, { mode: 0o600 })
    await this.#inTurn(write).catch((error: unknown) =>
      this.#logger.error({ error: toKoutuError(error).toJSON() }, 'could not note records'),
    )
  }

  next(): Promise<() => Promise<void>> {
    return this.#inTurn(async () => {
      const last = await this.#current
      this.#current = Promise.resolve(last + 1)
      return async () => {
        const old = (await numbersIn(this.#folder)).filter((number) => number <= last)
        await Promise.all(old.map((number) => rm(pathOf(this.#folder, number), { force: true })))
      }
    })
  }

  /** One after the other, so that lines stay whole. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#writing.then(work)
    this.#writing = mine.catch(() => {})
    return mine
  }
}

async function numbersIn(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch(() => [])
  const numbers = names.map((name) => Number(NAME.exec(name)?.[1] ?? Number.NaN))
  return numbers.filter((number) => !Number.isNaN(number)).sort((a, b) => a - b)
}

function pathOf(folder: string, number: number): string {
  return join(folder, `records-${number}.jsonl`)
}
