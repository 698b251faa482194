// A JSON body read whole, within the budget of memory.

import type { AppDeps } from '../app-deps.ts'
import type { AppContext } from '../http/route.ts'
import { boundedBody, checkAnnounced } from './body.ts'
import { bodyOf } from './body-reader.ts'
import { withJson } from './read-text.ts'

/** `imageField` is the name of fields that hold images. Errors: REQUEST_INVALID, REQUEST_TIMEOUT, IMAGE_TOO_MANY_BYTES, SERVER_BUSY. */
export async function readJson(
  c: AppContext,
  deps: Pick<AppDeps, 'settings' | 'memory'>,
  imageField = 'image',
): Promise<unknown> {
  const { maxJsonBytes, bodyTimes } = deps.settings
  const request = c.req.raw
  checkAnnounced(request.headers, maxJsonBytes)
  const body = boundedBody(bodyOf(c), bodyTimes, maxJsonBytes)
  try {
    return await withJson({ body, request }, imageField, deps, (value) => value)
  } finally {
    await body.return()
  }
}
