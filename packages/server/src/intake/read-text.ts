// A body that is parsed as a whole. It waits on the disk until there is memory for it.

import type { AppDeps } from '../app-deps.ts'
import { jsonChunks, parseJson } from './body.ts'
import { spool, wholeOf } from './spool.ts'

/** A text takes so many times its bytes while it is parsed and its images are decoded. */
const TEXT_COPIES = 4
/** Longest wait of a body for memory. */
const MAX_MEMORY_WAIT_MS = 10_000

export interface TextSource {
  readonly body: AsyncIterable<Uint8Array>
  /** Its signal is asked for after the body: asking begins to read it. */
  readonly request: Request
}

/** Calls `use` with the bytes and holds memory for them meanwhile. Errors: IMAGE_TOO_MANY_BYTES, SERVER_BUSY, STORAGE_*, ABORTED. */
export async function withText<T>(
  { body, request }: TextSource,
  maxBytes: number,
  { settings, memory }: Pick<AppDeps, 'settings' | 'memory'>,
  use: (bytes: Uint8Array) => T | Promise<T>,
): Promise<T> {
  const { spoolFolder: folder } = settings
  await using text = await spool(body, { folder, maxBytes, onHead: () => {}, headBytes: 1, memory })
  const wait = { signal: request.signal, maxWaitMs: MAX_MEMORY_WAIT_MS }
  const release = await memory.acquire(text.bytes * TEXT_COPIES, wait)
  try {
    return await use(await wholeOf(text))
  } finally {
    release()
  }
}

/** The same for JSON. `imageField` is the name of fields that hold images. Errors: those of `withText`, REQUEST_INVALID. */
export function withJson<T>(
  { body, request }: TextSource,
  imageField: string,
  deps: Pick<AppDeps, 'settings' | 'memory'>,
  use: (value: unknown) => T | Promise<T>,
): Promise<T> {
  const { maxJsonBytes } = deps.settings
  return withText({ body: jsonChunks(body, maxJsonBytes), request }, maxJsonBytes, deps, (bytes) =>
    use(parseJson(bytes, imageField)),
  )
}
