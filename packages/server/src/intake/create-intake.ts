// Pictures of one request of another service's protocol: spooled and looked at as they arrive, deleted with the request.

import type { AppDeps } from '../app-deps.ts'
import { HEAD_BYTES, inspectUpload, refuseByHead, type UploadedPicture } from './image.ts'
import { type Spooled, spool } from './spool.ts'

export interface Intake extends AsyncDisposable {
  /** Null where not one byte came: forms send their empty fields along. Errors: IMAGE_*, STORAGE_*. */
  take(content: AsyncIterable<Uint8Array>, fileName: string | null): Promise<UploadedPicture | null>
  /** Errors: URL_REFUSED, FETCH_*, OFFLINE, IMAGE_*, STORAGE_*. */
  fetch(url: string): Promise<UploadedPicture>
  /** Bytes that are no picture, kept out of memory until they are read. Errors: IMAGE_TOO_MANY_BYTES, STORAGE_*. */
  keep(content: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Spooled>
}

/** The request's signal is asked for only when it is needed: that begins to read the body. */
export function createIntake({ settings, fetcher, memory }: AppDeps, request: Request): Intake {
  const { limits, spoolFolder: folder, fetchTimeoutMs } = settings
  const all: Spooled[] = []
  const hold = (upload: Spooled): Spooled => {
    all.push(upload)
    return upload
  }
  const picture = async (content: AsyncIterable<Uint8Array>, fileName: string | null): Promise<UploadedPicture> => {
    const onHead = refuseByHead(limits)
    const upload = hold(
      await spool(content, { folder, maxBytes: limits.maxBytes, onHead, headBytes: HEAD_BYTES, memory }),
    )
    return { upload, header: inspectUpload(upload, limits), fileName }
  }
  return {
    async take(content, fileName) {
      const pieces = content[Symbol.asyncIterator]()
      const first = await nextWithBytes(pieces)
      return first && (await picture(following(first, pieces), fileName))
    },
    fetch: (url) =>
      picture(fetcher.get(url, { maxBytes: limits.maxBytes, timeoutMs: fetchTimeoutMs, signal: request.signal }), null),
    async keep(content, maxBytes) {
      return hold(await spool(content, { folder, maxBytes, onHead: () => {}, headBytes: 1, memory }))
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
