// The images of one attempt on their way between the store and the runner. Small ones pass as bytes. Large ones pass as files,
// because this process may be the one that answers requests: it never holds or hashes a large image at once.

import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { KoutuError, makeFolder } from '@koutu/core'
import { checkBlob, chunksOf, verifiedPath } from '../jobs/read-blob.ts'
import { type BlobRef, type Blobs, type Content, MAX_CONTENT_BYTES } from '../ports/ports.ts'

export interface AttemptFiles extends AsyncDisposable {
  /** Compared with what was written. Errors: INPUT_NOT_FOUND, BLOB_DAMAGED, STORAGE_FAILED, STORAGE_FULL. */
  read(blob: BlobRef): Promise<Content>
  readAll(blob: BlobRef): Promise<Uint8Array<ArrayBuffer>>
  /** Where the runner may leave its result. */
  readonly resultPath: string
}

/** `folder` is created where it is missing. */
export async function openAttemptFiles(blobs: Blobs, folder: string): Promise<AttemptFiles> {
  const paths: string[] = []
  let isClosed = false
  const newPath = (): string => {
    // Reading may have been given up meanwhile, and what is made now would stay.
    if (isClosed) throw new KoutuError('ABORTED')
    const path = join(folder, `attempt-${randomUUID()}`)
    paths.push(path)
    return path
  }
  // Where there is no such folder, results pass as bytes, and the store says what is wrong.
  await makeFolder(folder, { mkdir, stat, dirname }).catch(() => {})
  return {
    resultPath: newPath(),
    readAll: (blob) => readAll(blobs, blob),
    async read(blob) {
      if (blob.bytes <= MAX_CONTENT_BYTES) return readAll(blobs, blob)
      const local = await verifiedPath(blobs, blob)
      if (local !== null) return { path: local }
      const stream = await openBlob(blobs, blob)
      const path = newPath()
      await copyTo(path, stream, blob)
      return { path }
    },
    async [Symbol.asyncDispose]() {
      isClosed = true
      for (const path of paths) await rm(path, { force: true }).catch(() => {})
    },
  }
}

/** Errors: INPUT_NOT_FOUND, BLOB_DAMAGED, STORAGE_FAILED. */
async function readAll(blobs: Blobs, blob: BlobRef): Promise<Uint8Array<ArrayBuffer>> {
  const { bytes } = blob
  const whole = new Uint8Array(bytes)
  let at = 0
  for await (const chunk of await openBlob(blobs, blob)) {
    if (at + chunk.length <= bytes) whole.set(chunk, at)
    at += chunk.length
    if (at > bytes) break
  }
  checkBlob(
    blob,
    at,
    createHash('sha256')
      .update(whole.subarray(0, Math.min(at, bytes)))
      .digest('hex'),
  )
  return whole
}

async function copyTo(path: string, chunks: AsyncIterable<Uint8Array>, blob: BlobRef): Promise<void> {
  const hash = createHash('sha256')
  let bytes = 0
  try {
    await using file = await open(path, 'wx', 0o600)
    for await (const chunk of chunks) {
      hash.update(chunk)
      bytes += chunk.length
      if (bytes > blob.bytes) break
      await file.writeFile(chunk)
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (error instanceof KoutuError) throw error
    const isFull = code === 'ENOSPC' || code === 'EDQUOT'
    throw new KoutuError(isFull ? 'STORAGE_FULL' : 'STORAGE_FAILED', { cause: error, ...(code && { detail: code }) })
  }
  checkBlob(blob, bytes, hash.digest('hex'))
}

async function openBlob(blobs: Blobs, { key }: BlobRef): Promise<AsyncIterable<Uint8Array>> {
  const stream = await blobs.read(key)
  if (!stream) throw new KoutuError('INPUT_NOT_FOUND', { detail: 'the image is no longer in the storage' })
  return chunksOf(stream)
}
