// HEIC by way of the optional package heic-decode, in a worker thread of its own for each image.

import { Worker } from 'node:worker_threads'
import { KoutuError } from '@koutu/core'
import { type AnswerMessage, createCaller } from '@koutu/core/channel'
import type { HeicCalls, HeicPixels, HeicRequest } from './heic-calls.ts'

/** A 48 megapixel phone photo takes some 20 s; what takes longer than this is not going to end. */
const TIMEOUT_MS = 120_000

const WORKER = new URL(`./heic-worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url)

/** Decodes the first image of a HEIC file. Errors: CODEC_MISSING, IMAGE_CORRUPT, IMAGE_TOO_LARGE, ABORTED. */
export async function decodeHeic(request: HeicRequest, signal: AbortSignal | undefined): Promise<HeicPixels> {
  // Its output is kept off ours: libheif writes complaints to the console.
  const worker = new Worker(WORKER, { execArgv: [], stdout: true, stderr: true })
  worker.stdout.resume()
  worker.stderr.resume()
  const caller = createCaller<HeicCalls>({ post: (message, transfer) => worker.postMessage(message, transfer) })
  const end = (detail: string) => caller.end(new KoutuError('IMAGE_CORRUPT', { detail: `HEIC: ${detail}` }))
  worker.on('message', (message: AnswerMessage) => caller.receive(message))
  worker.on('error', (error: Error) => end(error.message))
  worker.on('exit', () => end('the decoder exited unexpectedly'))
  const timer = setTimeout(() => end(`decoding took longer than ${TIMEOUT_MS / 1000} s`), TIMEOUT_MS)
  try {
    return await caller.call('decode', request, signal ? { signal } : {})
  } finally {
    clearTimeout(timer)
    void worker.terminate()
  }
}
