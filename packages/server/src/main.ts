// The composition of a server: opens what lasts, starts a worker and the app, listens, and stops in good order.

import { join } from 'node:path'
import { KoutuError } from '@koutu/core'
import { createApp } from './app.ts'
import type { AppSettings } from './app-deps.ts'
import { createFolderBlobs } from './blobs/folder.ts'
import { keepDumps } from './db/record-dump.ts'
import type { DatabaseSettings } from './db/settings.ts'
import type { Assets } from './http/assets.ts'
import { listen } from './http/listen.ts'
import { openPages } from './http/pages.ts'
import { createSignedLinks } from './http/signed-links.ts'
import { cleanSpool } from './intake/spool.ts'
import { shareMemory } from './limits/server-memory.ts'
import { createSlots } from './limits/slots.ts'
import { createStreamLimits } from './limits/stream-limits.ts'
import { createMetrics } from './metrics/metrics.ts'
import { openStore, type Store } from './open-store.ts'
import type { Blobs, Fetcher, Logger, Models, Runner } from './ports/ports.ts'
import { readiness } from './readiness.ts'
import { createStoreWorker } from './store-worker.ts'
import { openTls, type TlsSettings } from './tls/open-tls.ts'

export interface ServerSettings {
  readonly host: string
  readonly port: number
  /** Without keys for everyone who reaches the server. */
  readonly isInsecure: boolean
  /** Keys even where only this machine can reach the server, as behind a proxy. */
  readonly needsKeys: boolean
  /** Null speaks plain HTTP. */
  readonly tls: TlsSettings | null
  readonly dataFolder: string
  readonly database: DatabaseSettings
  /** Pictures worked on at once here; 0 leaves the work to workers elsewhere. */
  readonly concurrency: number
  readonly maxQueued: number
  /** For uploads, images in progress and results together. */
  readonly maxMemoryBytes: number
  readonly maxUploads: number
  readonly jobTimeoutMs: number
  /** How long a job waits for the end of an outage of storage or database before it fails. */
  readonly outageTimeoutMs: number
  readonly retentionMs: number
  readonly recordRetentionMs: number
  /** Whether inputs are deleted as soon as their job has ended. */
  readonly deletesInputs: boolean
  readonly stopTimeoutMs: number
  readonly app: Omit<AppSettings, 'access' | 'spoolFolder'>
}

export interface ServerPorts {
  readonly runner: Runner
  readonly fetcher: Fetcher
  readonly models: Models
  readonly assets?: Assets
  readonly logger: Logger
  /** Where pictures are kept; the data folder when it is not given. */
  readonly blobs?: Blobs
}

export interface RunningServer {
  readonly url: string
  readonly access: AppSettings['access']
  /** Refuses new work, finishes or gives back what runs, closes. Idempotent. */
  stop(): Promise<void>
}

const SWEEP_EVERY_MS = 60_000
/** How long open connections may take to finish once all work has ended. */
const DRAIN_TIMEOUT_MS = 2_000

/** Takes the runner over. Errors: INVALID_OPTIONS, ADDRESS_UNAVAILABLE, DATABASE_UNAVAILABLE, DATA_FOLDER_IN_USE, STORAGE_*. */
export async function startServer(settings: ServerSettings, ports: ServerPorts): Promise<RunningServer> {
  const { runner, fetcher, models, logger } = ports
  await using opened = new AsyncDisposableStack()
  opened.use(runner)
  const blobs = ports.blobs ?? createFolderBlobs(join(settings.dataFolder, 'blobs'))
  const { maxQueued, concurrency, retentionMs, recordRetentionMs, deletesInputs } = settings
  const store = opened.use(
    await openStore(
      { database: settings.database, maxQueued, concurrency, retentionMs, recordRetentionMs, deletesInputs },
      { blobs, nowMs: Date.now, logger },
    ),
  )
  if (settings.database.type === 'folder')
    opened.use(keepDumps(store.database, settings.database.folder, store.journal, logger))
  const access = await decideAccess(settings, store)
  const tls = settings.tls && (await openTls(settings.tls, settings.dataFolder))
  const [stopping, ending] = [new AbortController(), new AbortController()]
  const memory = shareMemory(settings.maxMemoryBytes)
  const metrics = createMetrics({
    stats: () => store.jobs.stats(),
    maxQueued,
    decodeBytes: () => memory.images.usedBytes,
    isHeldUp: () => worker.isHeldUp,
  })
  const spoolFolder = join(settings.dataFolder, 'uploads')
  await cleanSpool(spoolFolder, Date.now())
  const worker = createStoreWorker(
    store,
    { ...settings, tempFolder: spoolFolder },
    { blobs, runner, observer: metrics, logger, memory: memory.images },
  )
  const warmth = warm(runner, settings, logger, ending.signal)
  const app = createApp({
    settings: { ...settings.app, access, spoolFolder },
    jobs: store.jobs,
    blobs,
    keys: store.keys,
    pictures: store.pictures,
    aliases: store.aliases,
    secret: store.secret,
    fetcher,
    models,
    assets: ports.assets ?? null,
    pages: openPages(),
    metrics,
    links: createSignedLinks(store.secret('signed-url')),
    memory: memory.requests,
    uploadSlots: createSlots(settings.maxUploads),
    streams: createStreamLimits(),
    clock: { nowMs: Date.now },
    logger,
    readiness: () => readiness({ jobs: store.jobs, blobs, warmth, worker, maxQueued }),
    stopping: stopping.signal,
    ending: ending.signal,
  })
  const webhooks = opened.use(await store.deliverWebhooks(fetcher))
  const { server, port } = await listen(app.fetch, {
    host: settings.host,
    port: settings.port,
    requestTimeoutMs: settings.app.bodyTimes.totalMs + 30_000,
    tls,
  })
  if (settings.concurrency > 0) worker.start()
  const sweeping = setInterval(() => void sweep(store, logger, ending.signal), SWEEP_EVERY_MS)
  void sweep(store, logger, ending.signal)
  const owned = opened.move()

  const stop = async (): Promise<void> => {
    stopping.abort()
    clearInterval(sweeping)
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    await worker.stop({ timeoutMs: settings.stopTimeoutMs })
    await webhooks[Symbol.asyncDispose]()
    ending.abort()
    const late = setTimeout(() => server.closeAllConnections(), DRAIN_TIMEOUT_MS)
    server.closeIdleConnections()
    await closed
    clearTimeout(late)
    await owned.disposeAsync()
  }
  let stopped: Promise<void> | null = null
  const shown = settings.host.includes(':') ? `[${settings.host}]` : settings.host
  return {
    url: `${tls ? 'https' : 'http'}://${shown}:${port}`,
    access,
    stop() {
      stopped ??= stop()
      return stopped
    },
  }
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

async function decideAccess(
  { host, isInsecure, needsKeys }: ServerSettings,
  { keys }: Store,
): Promise<AppSettings['access']> {
  if (!needsKeys && isInsecure) return 'everybody'
  if (!needsKeys && isLoopback(host)) return 'local'
  if ((await keys.list()).some(({ revokedAt }) => revokedAt === null)) return 'keys'
  throw new KoutuError('INVALID_OPTIONS', {
    detail: `expected a key for ${host}, which others can reach; create one with 'koutu keys create', or pass --insecure`,
  })
}

interface Warmth {
  isDone: boolean
}

/** The model loads in the background; `/readyz` says when it has. */
function warm(runner: Runner, { concurrency }: ServerSettings, logger: Logger, signal: AbortSignal): Warmth {
  const state = { isDone: concurrency === 0 }
  if (concurrency > 0) {
    runner.warm({ signal }).then(
      () => {
        state.isDone = true
        logger.info({}, 'model loaded')
      },
      (error: KoutuError) => {
        if (!signal.aborted) logger.error({ code: error.code }, 'could not load the model')
      },
    )
  }
  return state
}

async function sweep({ sweeper }: Store, logger: Logger, signal: AbortSignal): Promise<void> {
  try {
    await sweeper.sweep(signal)
  } catch (error) {
    if (!signal.aborted) logger.error({ error: (error as Error).name }, 'could not delete expired jobs')
  }
}
