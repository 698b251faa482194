// /upload/v1/<StoreUri>: the bytes of a picture, once, under the token that Apply gave. They are counted, summed and
// looked at while they come; what does not match is not stored.

import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { KoutuError } from '@koutu/core'
import type { AppDeps } from '../../app-deps.ts'
import { badRequest, toProblem } from '../../http/problem.ts'
import { type AppContext, type Dialect, json, type Router } from '../../http/route.ts'
import { boundedBody, checkAnnounced } from '../../intake/body.ts'
import { bodyOf } from '../../intake/body-reader.ts'
import { HEAD_BYTES, inspectUpload, refuseByHead } from '../../intake/image.ts'
import { spool } from '../../intake/spool.ts'
import { whileTakingIn } from '../../intake/submit.ts'
import { pictureKey } from '../../pictures/picture-keys.ts'
import { picture as anyPicture } from '../route-parts.ts'
import { UploadSchema } from './schemas.ts'
import type { UploadCredentials } from './upload-credentials.ts'
import { idOf } from './uris.ts'
import { NO_STORE } from './wire.ts'

const DONE = 2000
/** A refusal's `code` is this and its HTTP status; the page of the protocol names none. */
const REFUSED = 4000
const PATH = '/upload/v1/'

export function addUploads(router: Router, deps: AppDeps, credentials: UploadCredentials): void {
  const { clock, settings, pictures, blobs, metrics, memory } = deps
  const grantOf = (c: AppContext) => {
    const grant = credentials.readAuth(c.req.header('authorization')?.trim() ?? '', clock.nowMs())
    if (!grant) throw invalidGrant('the Authorization is invalid or has expired')
    return grant
  }
  const dialect: Dialect = {
    credential: { name: 'dreaminaUpload', in: 'header', field: 'Authorization' },
    secretOf: () => null,
    ownerOf: (c) => ({ id: grantOf(c).ownerId }),
    refuse(error, c) {
      const { title, detail, status } = toProblem(error)
      return c.json({ code: REFUSED + status, message: detail ?? title }, status as 400, NO_STORE)
    },
  }

  async function take(c: AppContext): Promise<Response> {
    const { ownerId, uri } = grantOf(c)
    if (storeUriOf(c) !== uri) throw invalidGrant('the Authorization is for another StoreUri')
    const id = idOf(uri)!
    const expected = checksumsOf(c.req.header('content-crc32'))
    if (await pictures.has(id)) throw usedBefore()
    const { limits } = settings
    checkAnnounced(c.req.raw.headers, limits.maxBytes)
    const sums = createSums()
    const body = sums.pass(boundedBody(bodyOf(c), settings.bodyTimes, limits.maxBytes))
    await using upload = await spool(body, {
      folder: settings.spoolFolder,
      maxBytes: limits.maxBytes,
      onHead: refuseByHead(limits),
      headBytes: HEAD_BYTES,
      memory,
    })
    // Before the header: bytes that were damaged on the way say nothing about the picture.
    if (!expected.includes(sums.crc32())) throw badRequest('Content-CRC32 does not match the bytes')
    const header = inspectUpload(upload, limits)
    metrics.uploaded(upload.bytes)
    const blob = await blobs.put(pictureKey(id), upload.content(), { contentType: `image/${header.format}` })
    if (!(await pictures.add({ id, ownerId, blob, header, md5: sums.md5() }))) throw usedBefore()
    const crc = sums.crc32().toString(16).padStart(8, '0')
    return c.json({ code: DONE, message: 'Success', data: { crc32: crc } }, 200, NO_STORE)
  }

  // A StoreUri has a slash, which some clients escape.
  for (const path of [`${PATH}{bucket}/{name}`, `${PATH}{uri}`]) {
    for (const method of ['post', 'put'] as const) {
      router.add({
        method,
        path,
        scope: 'cutouts:write',
        dialect,
        summary: 'Dreamina: upload an image',
        description: '`Authorization` is the `Auth` of Apply; `Content-CRC32` is the checksum in hex.',
        request: { body: { required: true, content: { 'application/octet-stream': { schema: anyPicture } } } },
        responses: Object.fromEntries(
          [200, 400, 401, 403, 404, 405, 408, 413, 415, 422, 429, 500, 501, 503, 507].map((status) => [
            status,
            json(status === 200 ? '`code` is 2000.' : '`code` is 4000 and the status.', UploadSchema),
          ]),
        ),
        handler: (c) => whileTakingIn(deps, () => take(c)),
      })
    }
  }
  router.addUnknown(PATH, dialect)
}

function storeUriOf(c: AppContext): string {
  const { bucket, name, uri } = c.req.param() as Record<string, string | undefined>
  return uri ?? `${bucket}/${name}`
}

/** What the header may mean: hex in any case, padded or not, as most clients write it, or decimal. Errors: REQUEST_INVALID. */
function checksumsOf(header = ''): readonly number[] {
  const text = header.trim()
  const hex = /^(0x)?([0-9a-f]{1,8})$/i.exec(text)?.[2]
  const sums = [...(hex ? [Number.parseInt(hex, 16)] : []), ...(/^\d{1,10}$/.test(text) ? [Number(text)] : [])]
  if (sums.length === 0) throw badRequest('expected the CRC-32 of the bytes, in hex, in Content-CRC32')
  return sums
}

/** Sums of what passes by. */
function createSums() {
  const hash = createHash('md5')
  let sum = 0
  return {
    async *pass(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const piece of body) {
        sum = crc32(piece, sum)
        hash.update(piece)
        yield piece
      }
    },
    crc32: () => sum,
    md5: () => hash.digest('hex'),
  }
}

function invalidGrant(detail: string): KoutuError {
  return new KoutuError('LINK_INVALID', { detail })
}

function usedBefore(): KoutuError {
  return badRequest('this StoreUri was already used for an upload')
}
