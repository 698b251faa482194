// `koutu worker`: a machine that works for servers elsewhere. Database and store are all it shares with them.

import { invalidOptions } from '@koutu/core'
import { createLogger, openBlobs, startWorker } from '@koutu/server'
import type { ResolvedWorkerOptions } from '@koutu/server/options'
import { databaseOf, dataFolder, storageOf } from '../server/places.ts'
import { startRunner } from '../server/start-runner.ts'
import type { CutoutEnvironment } from './cutout-command.ts'

const HOUR_MS = 3_600_000

/** Resolves with the exit code when a signal has stopped it. Errors: INVALID_OPTIONS without a shared database or store. */
export async function runWorker(options: ResolvedWorkerOptions, env: CutoutEnvironment): Promise<number> {
  const database = databaseOf(options)
  const storage = storageOf(options.storage)
  const problems: { path: string; message: string }[] = []
  if (database.type !== 'postgres')
    problems.push({ path: '--database-url', message: 'Expected the address of the PostgreSQL that servers use' })
  if (storage === undefined)
    problems.push({
      path: '--storage',
      message: 'Expected the store that servers use: s3://bucket/prefix or a shared folder',
    })
  if (database.type !== 'postgres' || storage === undefined) throw invalidOptions(problems)
  const logger = createLogger(options.logLevel)
  const worker = await startWorker(
    {
      database,
      concurrency: options.jobs,
      maxDecodeBytes: options.decodeMemory,
      jobTimeoutMs: options.jobTimeout * 1000,
      stopTimeoutMs: options.stopTimeout * 1000,
      retentionMs: options.retention * HOUR_MS,
      // A worker takes no requests and forgets no records: these are the servers'.
      maxQueued: 0,
      recordRetentionMs: Number.POSITIVE_INFINITY,
    },
    {
      runner: startRunner(),
      blobs: await openBlobs(storage, dataFolder(undefined)),
      logger,
      observer: { jobEnded() {} },
    },
  )
  logger.info({ jobs: options.jobs }, 'working')
  // Scripts wait for this line; logs may be silent.
  env.stdout.write('koutu works\n')
  if (!env.signal.aborted)
    await new Promise<void>((resolve) => env.signal.addEventListener('abort', () => resolve(), { once: true }))
  logger.info({}, 'stopping')
  await worker.stop()
  return 0
}
