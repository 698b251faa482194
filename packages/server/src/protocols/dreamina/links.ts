// Signed URLs of images that do not reveal their owner: the URI of the image before `~`, an expiry rounded to a full hour, and
// an HMAC over both.

import { createHmac, timingSafeEqual } from 'node:crypto'
import { BUCKET, idOf, SERVICE_ID, uriOf } from './uris.ts'

/** Results and inputs have templates of different names. */
export type LinkKind = 'result' | 'input'
const TEMPLATES = { result: 'aigc_resize', input: 'resize' } as const satisfies Record<LinkKind, string>

export interface PictureLinks {
  /** Path and query, good for at least `lifeMs` and at most an hour more. `format` is the ending, without its dot. */
  sign(link: { kind: LinkKind; id: string; format: string }, nowMs: number, lifeMs: number): string
  /** What a genuine, current link leads to; `file` is what stands after the bucket in its path. */
  verify(file: string, query: URLSearchParams, nowMs: number): { readonly kind: LinkKind; readonly id: string } | null
}

const HOUR_S = 3600

export function createPictureLinks(key: Uint8Array): PictureLinks {
  const signatureOf = (file: string, expires: string) =>
    createHmac('sha256', key)
      .update(JSON.stringify([file, expires]))
      .digest()
  return {
    sign({ kind, id, format }, nowMs, lifeMs) {
      // `0:0` is the image's own size.
      const path = `${uriOf(id)}~tplv-${SERVICE_ID}-${TEMPLATES[kind]}:0:0.${format}`
      const expires = String(Math.ceil((nowMs + lifeMs) / 1000 / HOUR_S) * HOUR_S)
      const signature = signatureOf(path.slice(BUCKET.length + 1), expires).toString('base64')
      const query = { lk3s: '7c3bb0db', 'x-expires': expires, 'x-signature': signature, format: `.${format}` }
      return `/${path}?${new URLSearchParams(query)}`
    },
    verify(file, query, nowMs) {
      const expires = query.get('x-expires') ?? ''
      // Some clients decode the query once, and `+` is then a space.
      const given = Buffer.from((query.get('x-signature') ?? '').replaceAll(' ', '+'), 'base64')
      const expected = signatureOf(file, expires)
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null
      if (Number(expires) * 1000 <= nowMs) return null
      const [name = '', template = ''] = file.split('~')
      const id = idOf(`${BUCKET}/${name}`)
      const kind = template.includes(`-${TEMPLATES.result}:`) ? 'result' : 'input'
      return id === null ? null : { kind, id }
    },
  }
}
