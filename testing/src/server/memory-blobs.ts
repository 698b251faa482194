// Blobs in memory: the slow obvious store that the real ones are compared with.

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { KoutuError } from '@koutu/core'
import type { Blobs } from '@koutu/server'

export interface MemoryBlobs extends Blobs {
  readonly keys: readonly string[]
  /** What it throws from now on, to see what becomes of it. A store that is full takes nothing, and still gives. */
  failWith(error: KoutuError | null): void
  /** How often it has thrown that. */
  readonly failures: number
}

export function createMemoryBlobs(nowMs: () => number = Date.now): MemoryBlobs {
  const blobs = new Map<string, { readonly data: Uint8Array; readonly modifiedAtMs: number }>()
  let failure: KoutuError | null = null
  let failures = 0
  const fail = () => {
    if (!failure) return
    failures++
    throw failure
  }
  const failUnlessFull = () => {
    if (failure?.code !== 'STORAGE_FULL') fail()
  }
  return {
    get failures() {
      return failures
    },
    get keys() {
      return [...blobs.keys()].sort()
    },
    failWith(error) {
      failure = error
    },
    async put(key, source, { contentType, maxBytes = Number.POSITIVE_INFINITY, signal }) {
      fail()
      if (!/^[a-z0-9-]+\/[a-z0-9-]+\/[a-z0-9-]+$/.test(key)) throw new KoutuError('INTERNAL')
      const chunks: Uint8Array[] = []
      let bytes = 0
      for await (const chunk of chunksOf(source)) {
        bytes += chunk.length
        if (bytes > maxBytes) throw new KoutuError('IMAGE_TOO_MANY_BYTES', { data: { limit: maxBytes } })
        chunks.push(chunk)
      }
      if (signal?.aborted) throw new KoutuError('ABORTED')
      const data = new Uint8Array(Buffer.concat(chunks))
      blobs.set(key, { data, modifiedAtMs: nowMs() })
      return { key, bytes, sha256: createHash('sha256').update(data).digest('hex'), contentType }
    },
    async read(key, range) {
      failUnlessFull()
      const blob = blobs.get(key)
      return blob ? new Blob([blob.data.slice(range?.start, range?.end)]).stream() : null
    },
    async delete(keys) {
      for (const key of keys) blobs.delete(key)
    },
    async *list(prefix) {
      for (const [key, { data, modifiedAtMs }] of [...blobs])
        if (key.startsWith(prefix)) yield { key, bytes: data.length, modifiedAtMs }
    },
    async check() {
      failUnlessFull()
    },
  }
}

function chunksOf(source: Parameters<Blobs['put']>[1]): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (source instanceof Uint8Array) return [source]
  return Symbol.asyncIterator in source ? source : createReadStream(source.path)
}
