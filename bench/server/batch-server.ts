// The server of the batch bench: real queue, database, store and pipeline, with a color in the network's place.

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogger, startServer } from '@koutu/server'
import { ServeOptions } from '@koutu/server/options'
import { toSettings } from '../../packages/koutu/dist/cli/serve-command.js'
import { createPictureRunner } from '../../testing/dist/index.js'

const [folder = join(tmpdir(), 'koutu-batch'), images = '1000'] = process.argv.slice(2)
const limits = { maxBatch: Number(images), maxUnfinished: Number(images), maxQueue: Number(images) }
const settings = ServeOptions.parse({ port: 0, data: folder, ...limits })
const server = await startServer(toSettings(settings, '0.0.0'), {
  runner: createPictureRunner(),
  fetcher: {
    async *get() {},
    post: async () => ({ status: 200 }),
  },
  models: {
    want() {},
    list: async () => [
      { id: 'isnet-general-use', about: '', license: { id: 'Apache-2.0', commercial: 'yes' }, isHere: true },
    ],
  },
  logger: createLogger('error'),
})
process.stdout.write(`Listening on ${server.url}\n`)
