// A whole server whose images are cut out by the real pipeline and codec, with a color in the network's place.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KoutuError } from '@koutu/core'
import { type RunRequest, startServer } from '@koutu/server'
import { ServeOptions } from '@koutu/server/options'
import { createPictureRunner, placeEmptyDatabase } from '@koutu/testing'
import { toSettings } from '../cli/serve-command.ts'

export interface PictureServer extends AsyncDisposable {
  readonly url: string
  /** What its worker was given, in order. */
  readonly runs: readonly RunRequest[]
  /** Empty, and gone with the server. */
  readonly folder: string
}

export interface PictureServerOptions {
  readonly flags?: Readonly<Record<string, unknown>>
  /** Images by their address; at all others there is none. */
  readonly network?: Readonly<Record<string, Uint8Array>>
  readonly models?: readonly string[]
}

export async function startPictureServer(options: PictureServerOptions = {}): Promise<PictureServer> {
  const { flags = {}, network = {}, models = ['isnet-general-use'] } = options
  const folder = await mkdtemp(join(tmpdir(), 'koutu-protocol-'))
  await placeEmptyDatabase(join(folder, 'data'))
  const runner = createPictureRunner()
  const runs: RunRequest[] = []
  const settings = ServeOptions.parse({ port: 0, data: join(folder, 'data'), ...flags })
  const server = await startServer(toSettings(settings, '0.0.0'), {
    runner: {
      ...runner,
      run(request, ctx) {
        runs.push(request)
        return runner.run(request, ctx)
      },
    },
    fetcher: {
      async *get(url) {
        if (!/^https?:/.test(url)) throw new KoutuError('URL_REFUSED')
        const picture = network[url]
        if (!picture) throw new KoutuError('FETCH_FAILED', { detail: 'example.org: 404' })
        yield picture
      },
      post: async () => ({ status: 200 }),
    },
    models: {
      want() {},
      list: async () =>
        models.map((id) => ({ id, about: '', license: { id: 'MIT', commercial: 'yes' }, isHere: true })),
    },
    logger: { info() {}, warn() {}, error() {} },
  })
  return {
    url: server.url,
    runs,
    folder,
    async [Symbol.asyncDispose]() {
      await server.stop()
      await rm(folder, { recursive: true })
    },
  }
}
