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
  let opened: Opened | undefined
  const chunks: Uint8Array[] = []
  let total = 0
  try {
    opened = open(stream)
    for (;;) {
      const { done, value } = await orAbort(opened.next(), signal)
      if (done) return Buffer.concat(chunks, total)
      const chunk = bytesOfChunk(value)
      total += chunk.byteLength
      if (total > maxBytes) throw tooManyBytes(maxBytes)
      chunks.push(chunk)
    }
  } catch (error) {
    // Not awaited: what does not answer must not be waited for.
    Promise.resolve(opened?.close()).catch(() => {})
    if (error instanceof KoutuError) throw error
    const detail = shorten(error instanceof Error ? error.message : String(error))
    throw new KoutuError('INPUT_UNREADABLE', { detail, cause: error })
  }
}

interface Opened {
  next(): Promise<{ readonly done?: boolean | undefined; readonly value?: unknown }>
  /** At once, also while a chunk is awaited. */
  close(): unknown
}

/** An iterator's `return` waits for the chunk that is awaited, which may never come: streams have better ways to be closed. */
function open(stream: AsyncIterable<unknown> | ReadableStream): Opened {
  if ('getReader' in stream) {
    const reader = stream.getReader()
    return { next: () => reader.read(), close: () => reader.cancel() }
  }
  const iterator = stream[Symbol.asyncIterator]()
  const { destroy } = stream as { readonly destroy?: unknown }
  return {
    next: () => iterator.next(),
    close: () => (typeof destroy === 'function' ? destroy.call(stream) : iterator.return?.()),
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
