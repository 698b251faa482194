// Our own Dreamina client against our own server: real sockets, real TLS, the embedded database in a folder. The runner
// cuts drawn pictures by their brightness, so that the right result is known.

import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { createDreaminaClient, type DreaminaClient } from '@koutu/dreamina'
import { createFolderBlobs, openKeys, type Runner, type RunningServer, startServer } from '@koutu/server'
import {
  contentBytes,
  decodePng,
  drawGradient,
  encodePng,
  placeEmptyDatabase,
  SILENT,
  thresholdCutout,
} from '@koutu/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let data: string
let sessionId: string
const trusted = getCACertificates('default')

const runner = (): Runner => ({
  async warm() {},
  async run({ input }) {
    const image = thresholdCutout(await contentBytes(input))
    const { width, height } = decodePng(image)
    const box = { left: 0, top: 0, width, height }
    return {
      image,
      contentType: 'image/png',
      width,
      height,
      report: {
        subject: true,
        box,
        resultBox: box,
        fullSize: { width, height },
        coverage: 0.5,
        edgeSoftness: 0,
        touches: [],
        subjects: [],
        input: { width, height, format: 'png' },
        engine: 'test',
        model: 'test',
        precision: 'fp32',
        refiner: 'matte',
        timingsMs: {},
        warnings: [],
      },
    }
  },
  async [Symbol.asyncDispose]() {},
})

interface Choices {
  readonly hasTls?: boolean
  readonly concurrency?: number
  readonly isSignStrict?: boolean
}

async function serve({ hasTls = true, concurrency = 2, isSignStrict = false }: Choices = {}): Promise<RunningServer> {
  const server = await startServer(
    {
      host: '127.0.0.1',
      port: 0,
      isInsecure: false,
      needsKeys: true,
      tls: hasTls ? { type: 'self-signed', names: ['cutouts.example'] } : null,
      dataFolder: data,
      database: { type: 'folder', folder: data },
      concurrency,
      maxQueued: 100,
      maxMemoryBytes: 2 ** 30,
      maxUploads: 8,
      jobTimeoutMs: 60_000,
      outageTimeoutMs: 3_600_000,
      retentionMs: 3_600_000,
      recordRetentionMs: 3_600_000,
      deletesInputs: false,
      stopTimeoutMs: 1_000,
      app: {
        version: '0.0.0',
        publicUrl: null,
        isDreaminaSignStrict: isSignStrict,
        isRemovebgStrict: false,
        removebgMegapixelsPerMinute: 500,
        allowedOrigins: [],
        allowedHosts: [],
        limits: { maxBytes: 2 ** 24, maxPixels: 1e7, maxFrames: 10 },
        engines: ['onnx'],
        maxJsonBytes: 2 ** 20,
        maxBatchPictures: 10,
        maxBatchBytes: 2 ** 24,
        bodyTimes: { totalMs: 30_000, idleMs: 10_000 },
        fetchTimeoutMs: 10_000,
        maxWaitMs: 60_000,
        maxExpectedWaitMs: null,
        linkLifeMs: 3_600_000,
        sseHeartbeatMs: 15_000,
        ratePerMinute: 10_000,
        maxUnfinished: 100,
      },
    },
    {
      runner: runner(),
      fetcher: {
        async *get() {
          yield* []
        },
        post: async () => ({ status: 200 }),
      },
      models: {
        want() {},
        list: async () => [
          { id: 'isnet-general-use', about: '', license: { id: 'none', commercial: 'yes' }, isHere: true },
        ],
      },
      blobs: createFolderBlobs(join(data, 'blobs')),
      logger: SILENT,
    },
  )
  if (hasTls) setDefaultCACertificates([...trusted, await readFile(join(data, 'tls/certificate.pem'), 'utf8')])
  return server
}

/** By its name, as the service's own hosts are. */
function clientOf(server: RunningServer, session = sessionId): DreaminaClient {
  const api = server.url.replace('127.0.0.1', 'localhost')
  return createDreaminaClient({ sessionId: session, endpoints: { api } })
}

function drawn(side: number): Uint8Array {
  const { data: rgb } = drawGradient(side, side, 8)
  return encodePng({ width: side, height: side, channels: 3, data: Uint8Array.from(rgb) })
}

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'koutu-dreamina-server-'))
  await placeEmptyDatabase(data)
  await using keys = await openKeys({ type: 'folder', folder: data }, SILENT)
  sessionId = (await keys.create({ name: 'client' })).secret
})
afterAll(async () => {
  setDefaultCACertificates(trusted)
  await rm(data, { recursive: true })
})

describe.each([
  ['TLS', { hasTls: true }],
  ['plain HTTP, with the sign checked', { hasTls: false, isSignStrict: true }],
])('over %s', (_, choices) => {
  let server: RunningServer
  beforeAll(async () => {
    server = await serve(choices)
  })
  afterAll(() => server.stop())

  it('a picture becomes its cutout', async () => {
    expect(server.url).toMatch(choices.hasTls ? /^https:/ : /^http:/)
    const picture = drawn(24)
    const { bytes, format, historyId } = await clientOf(server).segment(picture)
    expect(format).toBe('png')
    expect(historyId).toMatch(/^\d{13}$/)
    expect(decodePng(bytes)).toEqual(decodePng(thresholdCutout(picture)))
  })

  it('a session that is none is told so, and a balance shown', async () => {
    await expect(clientOf(server, 'unknown-session').check()).rejects.toMatchObject({ code: 'ENGINE_LOGIN_REQUIRED' })
    expect((await clientOf(server).credit()).total).toBeGreaterThan(0)
  })
})

describe('a restart', () => {
  it('keeps the certificate, an upload, a task and its result', async () => {
    const picture = drawn(20)
    // It takes tasks and leaves them undone.
    let server = await serve({ concurrency: 0 })
    const certificate = await readFile(join(data, 'tls/certificate.pem'), 'utf8')
    expect((await stat(join(data, 'tls/key.pem'))).mode & 0o777).toBe(0o600)
    const uri = await clientOf(server).upload(picture)
    const { submitId, historyId } = await clientOf(server).cutout(await clientOf(server).upload(picture))
    await server.stop()

    server = await serve()
    try {
      expect(await readFile(join(data, 'tls/certificate.pem'), 'utf8')).toBe(certificate)
      const client = clientOf(server)
      const record = await client.wait(submitId)
      expect(record).toMatchObject({ historyId, state: 'done', images: [{ width: 20, height: 20, format: 'png' }] })
      const later = await client.cutout(uri)
      expect(BigInt(later.historyId)).toBeGreaterThan(BigInt(historyId))
      const expected = decodePng(thresholdCutout(picture))
      for (const { images } of [record, await client.wait(later.submitId)]) {
        expect(decodePng(await client.download(images[0]!.url))).toEqual(expected)
      }
    } finally {
      await server.stop()
    }
  })
})
