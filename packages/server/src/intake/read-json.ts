// A JSON body read whole, within the budget of memory.

import type { AppDeps } from '../app-deps.ts'
import { boundedBody, checkAnnounced } from './body.ts'
import { withJson } from './read-text.ts'

/** `imageField` is the name of fields that hold images. Errors: REQUEST_INVALID, REQUEST_TIMEOUT, IMAGE_TOO_MANY_BYTES, SERVER_BUSY. */
export async function readJson(
  request: Request,
  deps: Pick<AppDeps, 'settings' | 'memory'>,
  imageField = 'image',
): Promise<unknown> {
  const { maxJsonBytes, bodyTimes } = deps.settings
  checkAnnounced(request.headers, maxJsonBytes)
  const body = boundedBody(request.body, bodyTimes, maxJsonBytes)
  try {
    return await withJson({ body, request }, imageField, deps, (value) => value)
  } finally {
    await body.return()
  }
}
