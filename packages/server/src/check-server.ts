// `koutu serve --check`: whether a server would work on what is there, and what is wrong. Changes nothing.

import { constants, existsSync } from 'node:fs'
import { access, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { KoutuError, toKoutuError } from '@koutu/core'
import { inspectDatabase } from './db/inspect-database.ts'
import { sharedFileSystem } from './db/network-file-system.ts'
import type { DatabaseSettings } from './db/settings.ts'
import { checkRecords, type RecordCheck } from './jobs/check-records.ts'
import type { Blobs } from './ports/ports.ts'

export interface ServerCheck {
  readonly name: string
  readonly isOk: boolean
  readonly detail: string
}

export interface CheckServerDeps {
  readonly dataFolder: string
  readonly database: DatabaseSettings
  readonly blobs: Blobs
  /** Whether they lie in the data folder. */
  readonly isStorageInside: boolean
  /** Resolves with a line about the model. Null for a server that leaves the work to workers. */
  readonly checkModel: (() => Promise<string>) | null
}

/** Ids that are named; the rest is counted. */
const MAX_NAMED = 5

/** Never throws. */
export async function checkServer(deps: CheckServerDeps): Promise<readonly ServerCheck[]> {
  const { dataFolder, database, blobs, isStorageInside, checkModel } = deps
  const checks = [
    await attempt('data folder', () => describeFolder(dataFolder, database.type === 'folder')),
    await attempt('storage', async () => {
      if (isStorageInside && !existsSync(dataFolder)) return 'none yet: the first start creates it'
      await blobs.check()
      return 'can be written to'
    }),
  ]
  let records: RecordCheck | null = null
  checks.push(
    await attempt('database', async () => {
      records = await inspectDatabase(database, (sql) => checkRecords(sql, blobs))
      return records ? 'can be opened' : 'none yet: the first start creates it'
    }),
  )
  if (records) checks.push(describeRecords(records))
  if (checkModel) checks.push(await attempt('model', checkModel))
  return checks
}

async function attempt(name: string, work: () => Promise<string>): Promise<ServerCheck> {
  try {
    return { name, isOk: true, detail: await work() }
  } catch (thrown) {
    const error = toKoutuError(thrown)
    return { name, isOk: false, detail: `${error.message} [${error.code}]` }
  }
}

async function describeFolder(folder: string, mustBeLocal: boolean): Promise<string> {
  let existing = folder
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing)
  await access(existing, constants.W_OK | constants.X_OK).catch((error: NodeJS.ErrnoException) => {
    throw new KoutuError('STORAGE_FAILED', { detail: `${existing} cannot be written to (${error.code})`, cause: error })
  })
  const { bavail, bsize } = await statfs(existing)
  const free = `${((bavail * bsize) / 1e9).toFixed(1)} GB free`
  const shared = await sharedFileSystem(existing)
  if (mustBeLocal && shared?.isShared)
    throw new KoutuError('STORAGE_FAILED', { detail: `expected a local disk but ${existing} is on ${shared.name}` })
  return existing === folder ? `${folder}, ${free}` : `${folder} does not exist yet, ${free}`
}

function describeRecords({ jobs, blobs, withoutInput, withoutResult, orphans }: RecordCheck): ServerCheck {
  const problems = [
    ...(withoutInput.length > 0
      ? [`${withoutInput.length} unfinished without their input (${named(withoutInput)})`]
      : []),
    ...(withoutResult.length > 0 ? [`${withoutResult.length} without their result (${named(withoutResult)})`] : []),
  ]
  const counts = `${jobs} jobs, ${blobs} files`
  const unclaimed = orphans > 0 ? `; ${orphans} files of no job, which the server deletes after six hours` : ''
  return { name: 'jobs', isOk: problems.length === 0, detail: `${[counts, ...problems].join('; ')}${unclaimed}` }
}

function named(ids: readonly string[]): string {
  const more = ids.length - MAX_NAMED
  return `${ids.slice(0, MAX_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
