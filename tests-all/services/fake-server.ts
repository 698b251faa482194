// A whole server with the fake runner, as a program to be killed: `node fake-server.ts <port> <data folder> <ms a picture>`.
// KOUTU_DATABASE_URL and KOUTU_STORAGE make it one of a cluster, with the number of jobs in KOUTU_JOBS.

import { CATALOG } from '@koutu/core'
import { createLogger, openBlobs, startServer } from '@koutu/server'
import { startFakeRunner } from './fake-runner.ts'

const [port, dataFolder, sleepMs] = process.argv.slice(2) as [string, string, string]
const {
  KOUTU_DATABASE_URL: url,
  KOUTU_STORAGE: storage,
  KOUTU_JOBS: jobs = '2',
  KOUTU_JOB_TIMEOUT_MS: jobTimeoutMs = '60000',
} = process.env

await startServer(
  {
    host: '127.0.0.1',
    port: Number(port),
    isInsecure: false,
    needsKeys: false,
    tls: null,
    dataFolder,
    database: url ? { type: 'postgres', url } : { type: 'folder', folder: dataFolder },
    concurrency: Number(jobs),
    maxQueued: 10_000,
    maxMemoryBytes: 2 ** 30,
    maxUploads: 64,
    jobTimeoutMs: Number(jobTimeoutMs),
    outageTimeoutMs: 3_600_000,
    retentionMs: 86_400_000,
    recordRetentionMs: 3_600_000,
    deletesInputs: false,
    stopTimeoutMs: 5_000,
    app: {
      version: '0.0.0',
      publicUrl: null,
      isDreaminaSignStrict: false,
      limits: { maxBytes: 2 ** 20, maxPixels: 1e6, maxFrames: 10 },
      engines: ['onnx'],
      maxJsonBytes: 2 ** 20,
      maxBatchPictures: 10,
      maxBatchBytes: 2 ** 20,
      bodyTimes: { totalMs: 30_000, idleMs: 10_000 },
      fetchTimeoutMs: 10_000,
      maxWaitMs: 60_000,
      maxExpectedWaitMs: null,
      linkLifeMs: 60_000,
      sseHeartbeatMs: 15_000,
      ratePerMinute: 1e6,
      maxUnfinished: 1e6,
      isRemovebgStrict: false,
      removebgMegapixelsPerMinute: 500,
      allowedOrigins: [],
      allowedHosts: [],
    },
  },
  {
    runner: startFakeRunner(Number(sleepMs)),
    fetcher: {
      async *get() {
        yield* []
      },
      post: async () => ({ status: 200 }),
    },
    models: {
      want() {},
      list: async () =>
        CATALOG.map(({ id }) => ({ id, about: id, license: { id: 'none', commercial: 'yes' }, isHere: true })),
    },
    blobs: await openBlobs(storage, dataFolder),
    logger: createLogger('error'),
  },
)
process.stdout.write('ready\n')
