// What is put into a store: counts its chunks and stops at a limit or an abort. The same for every store.

import { createReadStream } from 'node:fs'
import { KoutuError, throwIfAborted } from '@koutu/core'
import type { Blobs, LocalFile } from '../ports/ports.ts'

export type BlobSource = Parameters<Blobs['put']>[1]

const PIECE_BYTES = 2 ** 18

/** Node's streams of files have a path, too. */
export function isFile(source: BlobSource): source is LocalFile {
  return 'path' in source && !(Symbol.asyncIterator in source)
}

function chunksOf(source: BlobSource): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (source instanceof Uint8Array) return [source]
  return isFile(source) ? createReadStream(source.path, { highWaterMark: PIECE_BYTES }) : source
}

/** Errors: IMAGE_TOO_MANY_BYTES with the first byte too many, ABORTED. */
export async function* limited(
  source: BlobSource,
  maxBytes: number | undefined,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  let bytes = 0
  for await (const chunk of chunksOf(source)) {
    throwIfAborted(signal)
    bytes += chunk.length
    checkBytes(bytes, maxBytes)
    yield chunk
  }
  throwIfAborted(signal)
}

/** Errors: IMAGE_TOO_MANY_BYTES. */
export function checkBytes(bytes: number, maxBytes: number | undefined): void {
  if (maxBytes === undefined || bytes <= maxBytes) return
  throw new KoutuError('IMAGE_TOO_MANY_BYTES', {
    detail: `expected at most ${maxBytes} bytes`,
    data: { limit: maxBytes },
  })
}
