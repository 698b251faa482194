// A worker with the fake runner, as a program to be killed: `node fake-worker.ts <ms a picture>`, with the cluster in
// KOUTU_DATABASE_URL and KOUTU_STORAGE.

import { createLogger, openBlobs, startWorker } from '@koutu/server'
import { startFakeRunner } from './fake-runner.ts'

const { KOUTU_DATABASE_URL: url = '', KOUTU_STORAGE: storage = '', KOUTU_JOBS: jobs = '2' } = process.env

await startWorker(
  {
    database: { type: 'postgres', url },
    concurrency: Number(jobs),
    maxMemoryBytes: 2 ** 30,
    jobTimeoutMs: 60_000,
    outageTimeoutMs: 3_600_000,
    stopTimeoutMs: 5_000,
    maxQueued: 0,
    retentionMs: 3_600_000,
    recordRetentionMs: 3_600_000,
  },
  {
    runner: startFakeRunner(Number(process.argv[2])),
    blobs: await openBlobs(storage, ''),
    logger: createLogger('error'),
    observer: { jobEnded() {} },
  },
)
process.stdout.write('ready\n')
