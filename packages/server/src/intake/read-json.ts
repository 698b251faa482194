// A JSON body read whole, within the budget of memory.

import type { AppDeps } from '../app-deps.ts'
import { boundedBody, checkAnnounced, jsonChunks, MAX_MEMORY_WAIT_MS, parseJson, TEXT_COPIES } from './body.ts'
import { spool, wholeOf } from './spool.ts'

/** `imageField` is the name of fields that hold images. Errors: REQUEST_INVALID, REQUEST_TIMEOUT, IMAGE_TOO_MANY_BYTES, SERVER_BUSY. */
export async function readJson(
  request: Request,
  { settings, memory }: Pick<AppDeps, 'settings' | 'memory'>,
  imageField?: string,
): Promise<unknown> {
  const { maxJsonBytes: maxBytes, spoolFolder: folder, bodyTimes } = settings
  checkAnnounced(request.headers, maxBytes)
  const body = boundedBody(request.body, bodyTimes, maxBytes)
  try {
    await using text = await spool(jsonChunks(body, maxBytes), { folder, maxBytes, onHead() {}, headBytes: 1, memory })
    const wait = { signal: request.signal, maxWaitMs: MAX_MEMORY_WAIT_MS }
    const release = await memory.acquire(text.bytes * TEXT_COPIES, wait)
    try {
      return parseJson(await wholeOf(text), imageField)
    } finally {
      release()
    }
  } finally {
    await body.return()
  }
}
