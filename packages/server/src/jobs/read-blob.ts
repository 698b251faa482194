// Reads a blob only after it was compared with what was written: a damaged one is an error, not a response that breaks off.

import { createHash } from 'node:crypto'
import { isKoutuError, KoutuError } from '@koutu/core'
import type { BlobRef, Blobs } from '../ports/ports.ts'

/**
 * The whole blob, or the bytes of `range`; null when it is not there. The blob is read once for its size and SHA-256 and once
 * more to be sent, so that it is never held in memory. Errors: BLOB_DAMAGED, STORAGE_FAILED.
 */
export async function readBlob(
  blobs: Blobs,
  blob: BlobRef,
  range?: { readonly start: number; readonly end: number },
): Promise<ReadableStream<Uint8Array> | null> {
  return (await verifyBlob(blobs, blob)) ? blobs.read(blob.key, range) : null
}

/** Whether it is there, as it was written. Errors: BLOB_DAMAGED, STORAGE_FAILED. */
export async function verifyBlob(blobs: Blobs, blob: BlobRef): Promise<boolean> {
  if (blobs.local) return (await verifiedPath(blobs, blob)) !== null
  const stored = await blobs.read(blob.key)
  if (!stored) return false
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of chunksOf(stored)) {
    hash.update(chunk)
    bytes += chunk.length
    if (bytes > blob.bytes) break
  }
  checkBlob(blob, bytes, hash.digest('hex'))
  return true
}

/** Where it lies on this machine, as it was written; null where it is not there or the store lies elsewhere. Errors: as `verifyBlob`. */
export async function verifiedPath(blobs: Blobs, blob: BlobRef): Promise<string | null> {
  const found = await blobs.local?.(blob.key)
  if (!found) return null
  checkBlob(blob, found.bytes, found.sha256)
  return found.path
}

/** A stream of the store, whose connection may break in the middle. Errors: STORAGE_FAILED. */
export async function* chunksOf(stored: ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> {
  try {
    yield* stored
  } catch (error) {
    if (isKoutuError(error)) throw error
    const { code = 'the connection broke' } = error as NodeJS.ErrnoException
    throw new KoutuError('STORAGE_FAILED', { detail: code, cause: error })
  }
}

/** Errors: BLOB_DAMAGED. */
export function checkBlob(blob: BlobRef, bytes: number, sha256: string): void {
  if (bytes !== blob.bytes)
    throw new KoutuError('BLOB_DAMAGED', {
      detail: `expected ${blob.bytes} bytes but the store has ${bytes > blob.bytes ? 'more' : bytes}`,
    })
  if (sha256 !== blob.sha256)
    throw new KoutuError('BLOB_DAMAGED', { detail: 'its SHA-256 differs from the one that was written' })
}
