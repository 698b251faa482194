// The entry of the worker thread in which images are worked on. An inference process takes longest to start, so it
// comes first: before codec, pipeline and options are even loaded.

import { parentPort, workerData } from 'node:worker_threads'
import { cacheDir } from '@koutu/node/cache-dir'
import { startOnGuess } from '@koutu/node/inference'
import type { ThreadData } from './host-thread.ts'
import type { HostMessage } from './host-work.ts'

// Not every runtime keeps a message that nobody listens for: Deno drops it.
const early: HostMessage[] = []
let receive = (message: HostMessage): void => void early.push(message)
parentPort!.on('message', (message: HostMessage) => receive(message))

const { startsInference, lent } = workerData as ThreadData
const started = startsInference ? startOnGuess(cacheDir(), lent) : undefined
const { serveHost } = await import('./host-work.ts')
receive = serveHost(parentPort!, started)
for (const message of early) receive(message)
