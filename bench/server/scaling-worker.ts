// One worker of the scaling bench: a process of its own, with a sleep for a network, one picture at a time.

import { createLogger, openBlobs, startWorker } from '@koutu/server'
import { createFakeRunner } from '../../testing/dist/index.js'

const { KOUTU_DATABASE_URL: url = '', KOUTU_STORAGE: storage = '' } = process.env
const DAY_MS = 86_400_000

await startWorker(
  {
    database: { type: 'postgres', url },
    concurrency: 1,
    maxMemoryBytes: 2 ** 30,
    jobTimeoutMs: 60_000,
    outageTimeoutMs: 3_600_000,
    stopTimeoutMs: 1_000,
    maxQueued: 0,
    retentionMs: DAY_MS,
    recordRetentionMs: DAY_MS,
  },
  {
    runner: createFakeRunner({ sleepMs: Number(process.argv[2]) }),
    blobs: await openBlobs(storage, ''),
    logger: createLogger('error'),
    observer: { jobEnded() {} },
  },
)
process.stdout.write('ready\n')
