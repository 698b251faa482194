// `koutu serve`: the server with the runner, models and network access of this machine.

import { invalidOptions } from '@koutu/core'
import {
  checkServer,
  createLogger,
  openBlobs,
  type ResolvedServeOptions,
  type ServerSettings,
  startServer,
} from '@koutu/server'
import { describeCapacity, readMachine, serverCapacity } from '../capacity.ts'
import { createAssets } from '../server/assets.ts'
import { createFetcher } from '../server/fetcher.ts'
import { createModels, pullFromStore } from '../server/models.ts'
import { startRunner } from '../server/start-runner.ts'
import { databaseOf, dataFolder, storageOf } from '../server/storage-locations.ts'
import { describeModel } from './doctor.ts'
import type { Environment } from './environment.ts'

/** Resolves with the exit code once a signal has stopped the server. */
export async function runServe(options: ResolvedServeOptions, env: Environment): Promise<number> {
  if (options.check) return runCheck(options, env)
  const logger = createLogger(options.logLevel)
  const settings = toSettings(options, env.version)
  const place = settings.database.type === 'folder' ? `in ${settings.dataFolder}` : 'of PostgreSQL'
  // At once: the first start of a data folder takes some seconds.
  env.stdout.write(`Starting: opening the database ${place}; the model loads in the background\n`)
  logger.info({ data: settings.dataFolder }, 'starting')
  const server = await startServer(settings, {
    runner: startRunner(options.device),
    fetcher: createFetcher({ offline: options.offline, allowPrivate: options.allowPrivateUrls }),
    models: createModels({ pull: options.pullModels && !options.offline ? pullFromStore : null, logger }),
    assets: createAssets(env.version),
    blobs: await openBlobs(storageOf(options.storage), settings.dataFolder),
    logger,
  })
  const machine = readMachine()
  logger.info({}, describeCapacity(machine, serverCapacity(machine, options.jobs)))
  logger.info({ address: server.url, access: server.access }, 'listening')
  // Scripts wait for this line; logs may be silent.
  env.stdout.write(`Listening on ${server.url}\n`)
  if (server.access === 'everybody') {
    logger.warn({}, 'anyone who can reach this address can use the server: --insecure is set')
  }
  if (!env.signal.aborted) {
    await new Promise<void>((resolve) => env.signal.addEventListener('abort', () => resolve(), { once: true }))
  }
  logger.info({}, 'stopping')
  await server.stop()
  return 0
}

/** Resolves with 0 when a server with these options would work, else 3. */
async function runCheck(options: ResolvedServeOptions, env: Environment): Promise<number> {
  const { dataFolder, database, concurrency } = toSettings(options, env.version)
  const storage = storageOf(options.storage)
  const checks = await checkServer({
    dataFolder,
    database,
    blobs: await openBlobs(storage, dataFolder),
    isStorageInside: storage === undefined,
    checkModel: concurrency === 0 ? null : () => describeModel(env.signal),
  })
  for (const { name, isOk, detail } of checks)
    env.stdout.write(`${(isOk ? 'ok' : 'failed').padEnd(8)}${name}: ${detail}\n`)
  return checks.every(({ isOk }) => isOk) ? 0 : 3
}

const HOUR_MS = 3_600_000
/** What remove.bg takes. */
const REMOVEBG_MAX_BYTES = 22e6

/** Server settings from flags and environment. Errors: INVALID_OPTIONS. */
export function toSettings(options: ResolvedServeOptions, version: string): ServerSettings {
  const capacity = serverCapacity(readMachine(), options.jobs)
  const maxBytes = options.compat === 'removebg' ? Math.min(options.maxBytes, REMOVEBG_MAX_BYTES) : options.maxBytes
  return {
    host: options.host,
    port: options.port,
    isInsecure: options.insecure,
    needsKeys: options.requireKeys,
    tls: tlsOf(options),
    dataFolder: dataFolder(options.data),
    database: databaseOf(options),
    concurrency: capacity.jobs,
    maxQueued: options.maxQueue,
    maxMemoryBytes: options.decodeMemory ?? capacity.decodeBytes,
    maxUploads: options.maxUploads,
    jobTimeoutMs: options.jobTimeout * 1000,
    outageTimeoutMs: options.outageTimeout * 3_600_000,
    retentionMs: options.retention * HOUR_MS,
    // Kept longer than results, so that a client can look up an expired job or repeat a request.
    recordRetentionMs: Math.max(7 * 24 * HOUR_MS, options.retention * HOUR_MS),
    deletesInputs: options.deleteInputs,
    stopTimeoutMs: options.stopTimeout * 1000,
    app: {
      version,
      publicUrl: options.publicUrl ?? null,
      isDreaminaSignStrict: options.dreaminaStrictSign,
      limits: { maxBytes, maxPixels: options.maxPixels, maxFrames: 1000 },
      engines: options.engines,
      maxJsonBytes: 16 * 2 ** 20,
      maxBatchPictures: options.maxBatch,
      maxBatchBytes: Math.max(maxBytes * 2, 2 ** 30),
      bodyTimes: { totalMs: options.uploadTimeout * 1000, idleMs: options.uploadTimeout * 250 },
      fetchTimeoutMs: options.fetchTimeout * 1000,
      maxWaitMs: 120_000,
      maxExpectedWaitMs: options.maxWait === undefined ? null : options.maxWait * 1000,
      linkLifeMs: HOUR_MS,
      sseHeartbeatMs: 15_000,
      ratePerMinute: options.rate,
      maxUnfinished: options.maxUnfinished,
      isRemovebgStrict: options.compat === 'removebg',
      removebgMegapixelsPerMinute: options.removebgRate,
      allowedOrigins: options.allowOrigin.map((origin) => origin.toLowerCase()),
      allowedHosts: options.allowHost.map((host) => host.toLowerCase()),
    },
  }
}

/** Errors: INVALID_OPTIONS for options that do not go together. */
function tlsOf({ tls, tlsNames, tlsCert, tlsKey }: ResolvedServeOptions): ServerSettings['tls'] {
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw invalidOptions([{ path: '--tls-cert, --tls-key', message: 'Expected both or neither but received one' }])
  if (tlsCert !== undefined && tls !== undefined)
    throw invalidOptions([
      { path: '--tls', message: 'Expected either --tls or --tls-cert and --tls-key but received both' },
    ])
  if (tlsNames.length > 0 && tls === undefined)
    throw invalidOptions([{ path: '--tls-names', message: 'Expected together with --tls self-signed' }])
  if (tlsCert !== undefined && tlsKey !== undefined) return { type: 'files', certificate: tlsCert, key: tlsKey }
  return tls === undefined ? null : { type: 'self-signed', names: tlsNames }
}
