// The entry of the worker thread in which pictures are worked on. An inference process takes longest to start, so it
// comes first: before codec, pipeline and options are even loaded.

import { parentPort, workerData } from 'node:worker_threads'
import { startInference } from '@koutu/node/inference'
import type { HostSettings } from './host-messages.ts'

const settings = workerData as HostSettings
const started = settings.startsInference ? startInference() : undefined
const { serveHost } = await import('./host-work.ts')
serveHost(parentPort!, settings, started)
