// Images of one request: spooled and inspected as they arrive, deleted with the request.

import type { AppDeps } from '../app-deps.ts'
import { HEAD_BYTES, inspectUpload, refuseByHead, type UploadedPicture } from './image.ts'
import { type Spooled, spool } from './spool.ts'

export interface Intake extends AsyncDisposable {
  /** Errors: IMAGE_*, STORAGE_*. */
  add(content: AsyncIterable<Uint8Array>, fileName: string | null): Promise<UploadedPicture>
  /** Null where not one byte came: forms send their empty fields along. Errors: IMAGE_*, STORAGE_*. */
  take(content: AsyncIterable<Uint8Array>, fileName: string | null): Promise<UploadedPicture | null>
  /** Errors: URL_REFUSED, FETCH_*, OFFLINE, IMAGE_*, STORAGE_*. */
  fetch(url: string, fileName?: string | null): Promise<UploadedPicture>
}

/** The request's signal is asked for only when it is needed: that begins to read the body. */
export function createIntake({ settings, fetcher, memory }: AppDeps, request: Request): Intake {
  const { limits, spoolFolder: folder, fetchTimeoutMs } = settings
  const all: Spooled[] = []
  const add = async (content: AsyncIterable<Uint8Array>, fileName: string | null): Promise<UploadedPicture> => {
    const onHead = refuseByHead(limits)
    const upload = await spool(content, { folder, maxBytes: limits.maxBytes, onHead, headBytes: HEAD_BYTES, memory })
    all.push(upload)
    return { upload, header: inspectUpload(upload, limits), fileName }
  }
  return {
    add,
    async take(content, fileName) {
      const pieces = content[Symbol.asyncIterator]()
      const first = await nextWithBytes(pieces)
      return first && (await add(following(first, pieces), fileName))
    },
    fetch(url, fileName = null) {
      const { signal } = request
      return add(fetcher.get(url, { maxBytes: limits.maxBytes, timeoutMs: fetchTimeoutMs, signal }), fileName)
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map((upload) => upload[Symbol.asyncDispose]()))
    },
  }
}

async function nextWithBytes(pieces: AsyncIterator<Uint8Array>): Promise<Uint8Array | null> {
  for (;;) {
    const { done, value } = await pieces.next()
    if (done) return null
    if (value.length > 0) return value
  }
}

async function* following(first: Uint8Array, pieces: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield first
    for (let next = await pieces.next(); !next.done; next = await pieces.next()) yield next.value
  } finally {
    await pieces.return?.()
  }
}
