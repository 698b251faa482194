// `koutu serve`: the server with this machine's runner, models and network behind it.

import { invalidOptions } from '@koutu/core'
import { createLogger, openBlobs, type ResolvedServeOptions, type ServerSettings, startServer } from '@koutu/server'
import { createFetcher } from '../server/fetcher.ts'
import { createModels } from '../server/models.ts'
import { databaseOf, dataFolder, storageOf } from '../server/places.ts'
import { startRunner } from '../server/start-runner.ts'
import type { CutoutEnvironment } from './cutout-command.ts'

/** Resolves with the exit code when a signal has stopped the server. */
export async function runServe(
  options: ResolvedServeOptions,
  version: string,
  env: CutoutEnvironment,
): Promise<number> {
  const logger = createLogger(options.logLevel)
  const settings = toSettings(options, version)
  const server = await startServer(settings, {
    runner: startRunner(),
    fetcher: createFetcher({ offline: options.offline, allowPrivate: options.allowPrivateUrls }),
    models: createModels(),
    blobs: await openBlobs(storageOf(options.storage), settings.dataFolder),
    logger,
  })
  logger.info({ address: server.url, access: server.access }, 'listening')
  // Scripts wait for this line; logs may be silent.
  env.stdout.write(`koutu listens on ${server.url}\n`)
  if (server.access === 'everybody') {
    logger.warn({}, 'anybody who reaches this address can use it: --insecure was given')
  }
  if (!env.signal.aborted) {
    await new Promise<void>((resolve) => env.signal.addEventListener('abort', () => resolve(), { once: true }))
  }
  logger.info({}, 'stopping')
  await server.stop()
  return 0
}

const HOUR_MS = 3_600_000

/** What a server is told by its flags. */
export function toSettings(options: ResolvedServeOptions, version: string): ServerSettings {
  return {
    host: options.host,
    port: options.port,
    isInsecure: options.insecure,
    needsKeys: options.requireKeys,
    tls: tlsOf(options),
    dataFolder: dataFolder(options.data),
    database: databaseOf(options),
    concurrency: options.jobs,
    maxQueued: options.maxQueue,
    maxDecodeBytes: options.decodeMemory,
    maxUploads: options.maxUploads,
    jobTimeoutMs: options.jobTimeout * 1000,
    retentionMs: options.retention * HOUR_MS,
    // Long enough to see what became of a picture, and to find a repeated request.
    recordRetentionMs: Math.max(7 * 24 * HOUR_MS, options.retention * HOUR_MS),
    stopTimeoutMs: options.stopTimeout * 1000,
    app: {
      version,
      publicUrl: options.publicUrl ?? null,
      isDreaminaSignStrict: options.dreaminaStrictSign,
      limits: { maxBytes: options.maxBytes, maxPixels: options.maxPixels, maxFrames: 1000 },
      engines: options.engines,
      maxJsonBytes: 16 * 2 ** 20,
      maxBatchPictures: options.maxBatch,
      maxBatchBytes: Math.max(options.maxBytes * 2, 2 ** 30),
      bodyTimes: { totalMs: options.uploadTimeout * 1000, idleMs: options.uploadTimeout * 250 },
      fetchTimeoutMs: options.fetchTimeout * 1000,
      maxWaitMs: 120_000,
      linkLifeMs: HOUR_MS,
      sseHeartbeatMs: 15_000,
      ratePerMinute: options.rate,
      maxUnfinished: options.maxUnfinished,
      isRemovebgStrict: options.strictRemovebg,
    },
  }
}

/** Errors: INVALID_OPTIONS for options that do not go together. */
function tlsOf({ tls, tlsNames, tlsCert, tlsKey }: ResolvedServeOptions): ServerSettings['tls'] {
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw invalidOptions([{ path: '--tls-cert, --tls-key', message: 'Expected both or neither' }])
  if (tlsCert !== undefined && tls !== undefined)
    throw invalidOptions([{ path: '--tls', message: 'Expected either this or --tls-cert and --tls-key' }])
  if (tlsNames.length > 0 && tls === undefined)
    throw invalidOptions([{ path: '--tls-names', message: 'Expected --tls self-signed with it' }])
  if (tlsCert !== undefined && tlsKey !== undefined) return { type: 'files', certificate: tlsCert, key: tlsKey }
  return tls === undefined ? null : { type: 'self-signed', names: tlsNames }
}
