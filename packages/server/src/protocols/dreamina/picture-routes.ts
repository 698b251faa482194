// Signed URLs of results and inputs. They need no session, and respond with files, without the envelope of the API.

import { KoutuError } from '@koutu/core'
import type { AppDeps } from '../../app-deps.ts'
import { problems, type Router } from '../../http/route.ts'
import { blobResponse } from '../result-response.ts'
import { picture as anyPicture } from '../route-parts.ts'
import type { PictureLinks } from './links.ts'
import { findByLink } from './pictures.ts'
import { BUCKET } from './uris.ts'

export function addPictures(router: Router, deps: AppDeps, links: PictureLinks): void {
  router.add({
    method: 'get',
    path: `/${BUCKET}/{file}`,
    scope: null,
    summary: 'Dreamina: get an image by its signed URL',
    responses: {
      200: { description: 'The image.', content: { 'image/*': { schema: anyPicture } } },
      206: { description: 'A byte range of it.', content: { 'image/*': { schema: anyPicture } } },
      304: { description: 'Not modified.' },
      ...problems(
        'LINK_INVALID',
        'JOB_EXPIRED',
        'RANGE_INVALID',
        'TOO_MANY_STREAMS',
        'STORAGE_FAILED',
        'BLOB_DAMAGED',
        'DATABASE_UNAVAILABLE',
        'INTERNAL',
      ),
    },
    async handler(c) {
      const file = c.req.param('file') ?? ''
      const link = links.verify(file, new URL(c.req.url).searchParams, deps.clock.nowMs())
      if (!link) throw new KoutuError('LINK_INVALID')
      const found = await findByLink(link.kind, link.id, deps)
      if (!found) throw new KoutuError('JOB_EXPIRED')
      return blobResponse(c, found.blob, null, deps)
    },
  })
}
