// The many forms an input is given in, brought to two: a location (path or URL) or bytes.

import { KoutuError } from '@koutu/core'

/** A path, a `file:`/`http(s):` URL, bytes, a Blob or a stream of bytes. */
export type RemoverInput =
  | string
  | URL
  | Uint8Array
  | ArrayBuffer
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>

export type PlainInput = { readonly location: string } | { readonly bytes: Uint8Array }

/** Streams are read whole, up to `maxBytes`. Errors: IMAGE_TOO_MANY_BYTES, INPUT_UNREADABLE, ABORTED. */
export async function plainInput(input: RemoverInput, maxBytes: number, signal?: AbortSignal): Promise<PlainInput> {
  if (typeof input === 'string') return { location: input }
  if (input instanceof URL) return { location: input.href }
  if (input instanceof Uint8Array) return { bytes: input }
  if (input instanceof ArrayBuffer) return { bytes: new Uint8Array(input) }
  if (input instanceof Blob) {
    if (input.size > maxBytes) throw tooManyBytes(maxBytes)
    return { bytes: new Uint8Array(await input.arrayBuffer()) }
  }
  if (typeof input === 'object' && input !== null && Symbol.asyncIterator in input)
    return { bytes: await collect(input, maxBytes, signal) }
  throw new KoutuError('INPUT_UNREADABLE', {
    detail: `expected a path, URL, bytes, Blob or stream but received ${input === null ? 'null' : typeof input}`,
  })
}

async function collect(stream: AsyncIterable<Uint8Array>, maxBytes: number, signal?: AbortSignal): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let total = 0
  try {
    for await (const chunk of stream) {
      if (signal?.aborted) throw new KoutuError('ABORTED', { cause: signal.reason })
      total += chunk.length
      if (total > maxBytes) throw tooManyBytes(maxBytes)
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof KoutuError) throw error
    throw new KoutuError('INPUT_UNREADABLE', {
      detail: error instanceof Error ? error.message : String(error),
      cause: error,
    })
  }
  return Buffer.concat(chunks, total)
}

function tooManyBytes(limit: number): KoutuError {
  return new KoutuError('IMAGE_TOO_MANY_BYTES', { detail: `expected at most ${limit} bytes`, data: { limit } })
}
