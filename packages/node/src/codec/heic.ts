// HEIC by way of the optional package heic-decode, in a worker thread of its own for each picture.

import { Worker } from 'node:worker_threads'
import { KoutuError } from '@koutu/core'
import type { HeicAnswer, HeicJob } from './heic-messages.ts'

/** A 48 megapixel phone photo takes some 20 s; what takes longer than this is not going to end. */
const TIME_LIMIT_MS = 120_000

const WORKER = new URL(`./heic-worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url)

export interface HeicPixels {
  readonly width: number
  readonly height: number
  /** Oriented as the file asks, in its own color space. */
  readonly rgba: Uint8Array
}

/** Decodes the first picture of a HEIC file. Errors: CODEC_MISSING, IMAGE_CORRUPT, IMAGE_TOO_LARGE, ABORTED. */
export async function decodeHeic(job: HeicJob, signal: AbortSignal | undefined): Promise<HeicPixels> {
  const answer = await ask(job, signal)
  switch (answer.type) {
    case 'pixels':
      return { width: answer.width, height: answer.height, rgba: new Uint8Array(answer.rgba) }
    case 'missing':
      throw new KoutuError('CODEC_MISSING', {
        detail: `HEIC pictures need the package '${job.packageName}': install it with 'npm install ${job.packageName}'`,
        data: { package: job.packageName },
      })
    case 'too-large':
      throw new KoutuError('IMAGE_TOO_LARGE', {
        detail: `expected at most ${job.maxPixels} pixels but received ${answer.pixels}`,
        data: { limit: job.maxPixels, actual: answer.pixels },
      })
    case 'corrupt':
      throw corrupt(answer.message)
  }
}

function ask(job: HeicJob, signal: AbortSignal | undefined): Promise<HeicAnswer> {
  return new Promise((resolve, reject) => {
    // Its output is kept off ours: libheif writes complaints to the console.
    const worker = new Worker(WORKER, { workerData: job, execArgv: [], stdout: true, stderr: true })
    worker.stdout.resume()
    worker.stderr.resume()
    const stop = (error: KoutuError): void => {
      reject(error)
      void worker.terminate()
    }
    const abort = (): void => stop(new KoutuError('ABORTED', { cause: signal?.reason }))
    const timer = setTimeout(() => stop(corrupt(`decoding took longer than ${TIME_LIMIT_MS / 1000} s`)), TIME_LIMIT_MS)
    signal?.addEventListener('abort', abort, { once: true })
    worker.once('message', (answer: HeicAnswer) => {
      resolve(answer)
      void worker.terminate()
    })
    worker.once('error', (error: Error) => reject(corrupt(error.message)))
    worker.once('exit', () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      // Does nothing after an answer.
      reject(corrupt('the decoder stopped without an answer'))
    })
  })
}

function corrupt(detail: string): KoutuError {
  return new KoutuError('IMAGE_CORRUPT', { detail: `HEIC: ${detail}` })
}
