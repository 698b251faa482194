// `koutu worker`: processes jobs of servers on other machines. They share a database and a store, nothing else.

import { invalidOptions } from '@koutu/core'
import { createLogger, openBlobs, startWorker } from '@koutu/server'
import type { ResolvedWorkerOptions } from '@koutu/server/options'
import { describeCapacity, readMachine, serverCapacity } from '../capacity.ts'
import { startRunner } from '../server/start-runner.ts'
import { databaseOf, dataFolder, storageOf } from '../server/storage-locations.ts'
import type { Environment } from './environment.ts'

const HOUR_MS = 3_600_000

/** Resolves with the exit code once a signal has stopped it. Errors: INVALID_OPTIONS without a shared database or store. */
export async function runWorker(options: ResolvedWorkerOptions, env: Environment): Promise<number> {
  const database = databaseOf(options)
  const storage = storageOf(options.storage)
  const problems: { path: string; message: string }[] = []
  if (database.type !== 'postgres')
    problems.push({ path: '--database-url', message: 'Expected the URL of the PostgreSQL database the servers use' })
  if (storage === undefined)
    problems.push({
      path: '--storage',
      message: 'Expected the store the servers use: s3://bucket/prefix or a shared folder',
    })
  if (database.type !== 'postgres' || storage === undefined) throw invalidOptions(problems)
  const machine = readMachine()
  const capacity = serverCapacity(machine, options.jobs)
  const logger = createLogger(options.logLevel)
  const worker = await startWorker(
    {
      database,
      concurrency: capacity.jobs,
      maxMemoryBytes: options.decodeMemory ?? capacity.decodeBytes,
      jobTimeoutMs: options.jobTimeout * 1000,
      outageTimeoutMs: options.outageTimeout * 3_600_000,
      stopTimeoutMs: options.stopTimeout * 1000,
      retentionMs: options.retention * HOUR_MS,
      // The servers enforce these: a worker accepts no requests and deletes no records.
      maxQueued: 0,
      recordRetentionMs: Number.POSITIVE_INFINITY,
    },
    {
      runner: startRunner(options.device),
      blobs: await openBlobs(storage, dataFolder(undefined)),
      logger,
      observer: { jobEnded() {} },
    },
  )
  logger.info({}, describeCapacity(machine, capacity))
  logger.info({ jobs: capacity.jobs }, 'working')
  // Scripts wait for this line; logs may be silent.
  env.stdout.write('Waiting for jobs\n')
  if (!env.signal.aborted)
    await new Promise<void>((resolve) => env.signal.addEventListener('abort', () => resolve(), { once: true }))
  logger.info({}, 'stopping')
  await worker.stop()
  return 0
}
