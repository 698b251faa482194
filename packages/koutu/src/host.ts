// The entry of the worker thread in which images are worked on. An inference process takes longest to start, so it
// comes first: before codec, pipeline and options are even loaded.

import { parentPort, workerData } from 'node:worker_threads'
import { cacheDir } from '@koutu/node/cache-dir'
import { startOnGuess } from '@koutu/node/inference'
import type { ThreadSettings } from './host-thread.ts'

const { startsInference } = workerData as ThreadSettings
const started = startsInference ? startOnGuess(cacheDir()) : undefined
const { serveHost } = await import('./host-work.ts')
serveHost(parentPort!, started)
