// Reads streams of bytes completely, within a limit, of any kind and duration.

import { types } from 'node:util'
import { KoutuError } from '@koutu/core'
import { orAbort } from './or-abort.ts'
import { shorten } from './shorten.ts'

export function tooManyBytes(limit: number): KoutuError {
  return new KoutuError('IMAGE_TOO_MANY_BYTES', { detail: `expected at most ${limit} bytes`, data: { limit } })
}

/**
 * Closes the stream when it is too long, when it holds anything else than bytes, and on abort, which does not wait for it.
 * Errors: IMAGE_TOO_MANY_BYTES, INPUT_UNREADABLE, ABORTED.
 */
export async function collectBytes(
  stream: AsyncIterable<unknown> | ReadableStream,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  let iterator: AsyncIterator<unknown> | undefined
  const chunks: Uint8Array[] = []
  let total = 0
  try {
    iterator = iterate(stream)
    for (;;) {
      const { done, value } = await orAbort(iterator.next(), signal)
      if (done) return Buffer.concat(chunks, total)
      const chunk = bytesOfChunk(value)
      total += chunk.byteLength
      if (total > maxBytes) throw tooManyBytes(maxBytes)
      chunks.push(chunk)
    }
  } catch (error) {
    // Not awaited: what does not answer must not be waited for.
    Promise.resolve(iterator?.return?.()).catch(() => {})
    if (error instanceof KoutuError) throw error
    const detail = shorten(error instanceof Error ? error.message : String(error))
    throw new KoutuError('INPUT_UNREADABLE', { detail, cause: error })
  }
}

function iterate(stream: AsyncIterable<unknown> | ReadableStream): AsyncIterator<unknown> {
  if (Symbol.asyncIterator in stream) return stream[Symbol.asyncIterator]()
  const reader = (stream as ReadableStream).getReader()
  return {
    next: async () => {
      const { done, value } = await reader.read()
      return done ? { done, value: undefined } : { done: false, value }
    },
    async return() {
      await reader.cancel()
      return { done: true, value: undefined }
    },
  }
}

/** In memory of its own: a producer may use its buffer again. */
function bytesOfChunk(chunk: unknown): Uint8Array {
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength).slice()
  if (types.isAnyArrayBuffer(chunk)) return new Uint8Array(chunk).slice()
  throw new KoutuError('INPUT_UNREADABLE', {
    detail: `expected a stream of bytes but it holds ${chunk === null ? 'null' : typeof chunk}`,
  })
}
