// The app with everything real behind it except network, model and disk: the database in memory, a worker, and a runner
// that does what a test says. Every response is checked against the OpenAPI document.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KoutuError, type Report } from '@koutu/core'
import { createOpenApiCheck, type OpenApiCheck, type OpenApiDocument } from '../../../testing/src/openapi-check.ts'
import { contentBytes } from '../../../testing/src/server/content-bytes.ts'
import { emptyDatabase } from '../../../testing/src/server/empty-database.ts'
import { createMemoryBlobs, type MemoryBlobs } from '../../../testing/src/server/memory-blobs.ts'
import { type App, createApp } from './app.ts'
import type { AppDeps, AppSettings } from './app-deps.ts'
import type { Assets } from './http/assets.ts'
import { openPages } from './http/pages.ts'
import { createSignedLinks } from './http/signed-links.ts'
import { createMemoryBudget } from './limits/memory-budget.ts'
import { createSlots } from './limits/slots.ts'
import { createStreamLimits } from './limits/stream-limits.ts'
import { createMetrics } from './metrics/metrics.ts'
import { openStore, type Store } from './open-store.ts'
import type { Fetcher, Models, Runner, RunRequest, RunResult } from './ports/ports.ts'
import { createWorker, type Worker } from './worker/worker.ts'

interface TestStore {
  readonly store: Store
  readonly blobs: MemoryBlobs
}

/** A database takes a second to start: one serves all test files of a process, one after the other, and ends with it. */
const stores = new Map<number, Promise<TestStore>>()

async function openTestStore(maxQueued: number): Promise<TestStore> {
  const blobs = createMemoryBlobs()
  const logger = { info() {}, warn() {}, error() {} }
  const store = await openStore(
    {
      database: { type: 'memory', from: await emptyDatabase() },
      maxQueued,
      retentionMs: 3_600_000,
      recordRetentionMs: 3_600_000,
    },
    { blobs, nowMs: Date.now, logger },
  )
  return { store, blobs }
}

async function emptyStore(maxQueued: number): Promise<TestStore> {
  const opening = stores.get(maxQueued) ?? openTestStore(maxQueued)
  stores.set(maxQueued, opening)
  const { store, blobs } = await opening
  blobs.failWith(null)
  await blobs.delete(blobs.keys)
  await store.database.query('truncate koutu.job, koutu.ticket, koutu.picture, koutu.submission, koutu.api_key')
  await store.database.query('delete from pgboss.job')
  return { store, blobs }
}

export interface TestApp extends AsyncDisposable {
  /** As `app.request`, checked against the document. */
  request(path: string, init?: RequestInit & { readonly duplex?: 'half' }): Promise<Response>
  readonly app: App
  readonly deps: AppDeps
  readonly store: Store
  readonly blobs: MemoryBlobs
  readonly runs: TestRun[]
  readonly worker: Worker
  readonly logged: object[]
  readonly openApi: OpenApiCheck
  readonly stopping: AbortController
  readonly ending: AbortController
  readonly spoolFolder: string
}

/** What a runner is given, read. */
type TestRun = RunRequest & { readonly input: Uint8Array }

export interface TestAppOptions {
  readonly settings?: Partial<AppSettings>
  /** What the runner does; answers PNG bytes that say which input they are of by default. */
  readonly run?: (request: TestRun, signal: AbortSignal | undefined) => Promise<RunResult> | RunResult
  readonly fetcher?: Partial<Fetcher>
  readonly maxQueued?: number
  /** Without a worker, jobs wait for ever. */
  readonly hasWorker?: boolean
  readonly maxUploads?: number
  /** Built pages; none by default. */
  readonly pagesFolder?: string
  readonly memoryBytes?: number
  readonly streams?: Parameters<typeof createStreamLimits>[0]
}

export const REPORT: Report = {
  subject: true,
  box: { left: 0, top: 0, width: 3, height: 2 },
  resultBox: { left: 0, top: 0, width: 3, height: 2 },
  fullSize: { width: 3, height: 2 },
  coverage: 0.5,
  edgeSoftness: 0.1,
  touches: ['top'],
  subjects: [],
  input: { width: 3, height: 2, format: 'png' },
  engine: 'test',
  model: 'isnet-general-use',
  precision: 'fp32',
  refiner: 'matte',
  timingsMs: { decode: 1, segment: 2, encode: 3 },
  warnings: [],
}

/** What the test runner makes of an input: another file of known content. */
export function resultOf(input: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from('cut out: '), input])
}

const MODELS: Models = {
  want() {},
  list: async () => [
    { id: 'isnet-general-use', about: 'Anything.', license: { id: 'Apache-2.0', commercial: 'yes' }, isHere: true },
    { id: 'not-here', about: 'Nothing.', license: { id: 'MIT', commercial: 'yes' }, isHere: false },
  ],
}

/** One file, `worker.0123.js`. */
const ASSETS: Assets = {
  async find(name) {
    const bytes = Buffer.from('a worker of 20 bytes')
    if (name !== 'worker.0123.js') return null
    return { bytes: bytes.length, open: (range) => new Blob([bytes.subarray(range?.start, range?.end)]).stream() }
  },
}

export async function openTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const { run = ({ input }) => answer(resultOf(input)), fetcher = {}, maxQueued = 100, hasWorker = true } = options
  await using opened = new AsyncDisposableStack()
  const spoolFolder = await mkdtemp(join(tmpdir(), 'koutu-http-'))
  opened.defer(() => rm(spoolFolder, { recursive: true }))
  const logged: object[] = []
  const log = (level: string) => (fields: object, message: string) => void logged.push({ level, message, ...fields })
  const logger = { info: log('info'), warn: log('warn'), error: log('error') }
  const { store, blobs } = await emptyStore(maxQueued)
  const runs: TestRun[] = []
  const runner: Runner = {
    async warm() {},
    async run(request, { signal }) {
      const seen = { ...request, input: await contentBytes(request.input) }
      runs.push(seen)
      return run(seen, signal)
    },
    async [Symbol.asyncDispose]() {},
  }
  const metrics = createMetrics({
    stats: () => store.jobs.stats(),
    maxQueued,
    decodeBytes: () => 0,
    isHeldUp: () => false,
  })
  const worker = createWorker({
    store: store.work,
    notifications: store.notifications,
    blobs,
    runner,
    tempFolder: join(tmpdir(), 'koutu-attempts'),
    reserve: async () => () => {},
    concurrency: 2,
    timeoutMs: 60_000,
    outageTimeoutMs: 3_600_000,
    nowMs: Date.now,
    monotonicMs: () => performance.now(),
    observer: metrics,
    logger,
  })
  if (hasWorker) worker.start()
  opened.defer(() => worker.stop({ timeoutMs: 0 }))
  const [stopping, ending] = [new AbortController(), new AbortController()]
  const deps: AppDeps = {
    settings: {
      version: '0.0.0',
      access: 'everybody',
      publicUrl: null,
      isDreaminaSignStrict: false,
      limits: { maxBytes: 8 * 2 ** 20, maxPixels: 64e6, maxFrames: 100 },
      engines: ['onnx'],
      maxJsonBytes: 2 ** 20,
      maxBatchPictures: 10,
      maxBatchBytes: 32 * 2 ** 20,
      spoolFolder,
      bodyTimes: { idleMs: 5_000, totalMs: 20_000 },
      fetchTimeoutMs: 5_000,
      maxWaitMs: 60_000,
      maxExpectedWaitMs: null,
      linkLifeMs: 60_000,
      sseHeartbeatMs: 10_000,
      ratePerMinute: 100_000,
      maxUnfinished: 100,
      isRemovebgStrict: false,
      removebgMegapixelsPerMinute: 500,
      allowedOrigins: [],
      allowedHosts: [],
      ...options.settings,
    },
    jobs: store.jobs,
    blobs,
    keys: store.keys,
    pictures: store.pictures,
    aliases: store.aliases,
    secret: store.secret,
    fetcher: {
      get: () => {
        throw new KoutuError('OFFLINE')
      },
      post: async () => ({ status: 200 }),
      ...fetcher,
    },
    models: MODELS,
    assets: ASSETS,
    pages: options.pagesFolder === undefined ? null : openPages(options.pagesFolder),
    metrics,
    links: createSignedLinks(store.secret('signed-url')),
    memory: createMemoryBudget(options.memoryBytes ?? 2 ** 28),
    uploadSlots: createSlots(options.maxUploads ?? 100),
    streams: createStreamLimits(options.streams),
    clock: { nowMs: Date.now },
    logger,
    readiness: async () => [{ name: 'model', isOk: true }],
    stopping: stopping.signal,
    ending: ending.signal,
  }
  const app = createApp(deps)
  const openApi = createOpenApiCheck((await (await app.request('/openapi.json')).json()) as OpenApiDocument)
  opened.defer(() => {
    stopping.abort()
    ending.abort()
  })
  const owned = opened.move()
  return {
    async request(path, init) {
      const response = await app.request(path, init)
      await openApi.check(init?.method ?? 'GET', new URL(path, 'http://localhost').pathname, response)
      return response
    },
    app,
    deps,
    store,
    blobs,
    runs,
    worker,
    logged,
    openApi,
    stopping,
    ending,
    spoolFolder,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

export function answer(image: Uint8Array): RunResult {
  return { image, contentType: 'image/png', width: 3, height: 2, report: REPORT }
}
