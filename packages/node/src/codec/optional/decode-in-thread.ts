// Images of formats that an optional package decodes, in a worker thread of its own for each image.

import { Worker } from 'node:worker_threads'
import { KoutuError } from '@koutu/core'
import { type AnswerMessage, createCaller } from '@koutu/core/channel'
import type { Decoded, DecoderCalls, DecoderRequest } from './decoder-calls.ts'
import { OPTIONAL_DECODERS } from './decoders.ts'

/** A 48 megapixel phone photo takes some 20 s; what takes longer than this is not going to end. */
const TIMEOUT_MS = 120_000

const WORKER = new URL(`./decoder-worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url)

/** Decodes the first image of a file. Errors: CODEC_MISSING, IMAGE_CORRUPT, IMAGE_TOO_LARGE, ABORTED. */
export async function decodeInThread(request: DecoderRequest, signal: AbortSignal | undefined): Promise<Decoded> {
  // Its output is kept off ours: decoders write complaints to the console.
  const worker = new Worker(WORKER, { execArgv: [], stdout: true, stderr: true })
  worker.stdout.resume()
  worker.stderr.resume()
  const caller = createCaller<DecoderCalls>({ post: (message, transfer) => worker.postMessage(message, transfer) })
  const { name } = OPTIONAL_DECODERS[request.format]
  const end = (detail: string) => caller.end(new KoutuError('IMAGE_CORRUPT', { detail: `${name}: ${detail}` }))
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
