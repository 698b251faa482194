// A remover's worker thread with a tiny network. What it does with images is tested in remover.alone.test.ts.

import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KoutuError } from '@koutu/core'
import { buildTestModel, type ChannelUser, channelContract } from '@koutu/testing'
import { afterAll } from 'vitest'
import { type HostClient, openHost } from './host-client.ts'
import { startHost } from './host-thread.ts'
import { resolve } from './options.ts'

const folder = mkdtempSync(join(tmpdir(), 'koutu-host-'))
afterAll(() => rmSync(folder, { recursive: true }))

const MODEL = join(folder, 'model.onnx')
writeFileSync(MODEL, buildTestModel({ kind: 'prob', size: 'dynamic' }))
const RAW = { alpha: 'straight', channels: 4 } as const
const PNG = { format: 'png', lossyQuality: 90, icc: null, metadata: { exif: null, xmp: null } } as const

function open() {
  const thread = startHost({ startsInference: false })
  return {
    thread,
    client: openHost(thread, {
      concurrency: 4,
      idleMs: 60_000,
      lanes: 1,
      soloNetwork: false,
      once: false,
      reservedBytes: 0,
    }),
  }
}
/** One row of pixels, as wide as its number. */
const encode = (client: HostClient, n: number, ctx = {}) =>
  client.call(
    'encode',
    { id: n, raster: { ...RAW, width: n + 1, height: 1, data: new Uint8Array(4 * n + 4) }, request: PNG },
    ctx,
  )
const missing = join(folder, 'missing.png')

/** Never answers, so that an image from there never ends: a small one could be done before its thread is ended. */
const silent = createServer(() => {}).listen(0, '127.0.0.1')
afterAll(() => silent.close().closeAllConnections())
const hang = (client: HostClient) => {
  const location = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`
  return client.call('remove', {
    id: 0,
    input: { location },
    options: resolve({ model: MODEL, allowPrivateUrls: true }),
  })
}

channelContract('the remover’s thread', async (): Promise<ChannelUser> => {
  if (!silent.listening) await once(silent, 'listening')
  let { thread, client } = open()
  return {
    // The width in the header of the file.
    ask: async (n, ctx) => Buffer.from((await encode(client, n, ctx)).bytes).readUInt32BE(16),
    answerTo: (n) => n + 1,
    refuse: () => client.call('remove', { id: 0, input: { location: missing }, options: resolve({ model: MODEL }) }),
    refusal: { code: 'INPUT_NOT_FOUND', data: {} },
    die: () => {
      const lost = hang(client)
      void thread.terminate()
      ;({ thread, client } = open())
      return lost
    },
    loss: 'ENGINE_FAILED',
    [Symbol.asyncDispose]: () => client.end(new KoutuError('ABORTED')),
  }
})
