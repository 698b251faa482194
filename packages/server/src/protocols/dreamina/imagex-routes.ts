// ImageX: apply for an upload and commit it. Requests are authenticated by an AWS signature with the keys of an upload token.

import { randomBytes, randomUUID } from 'node:crypto'
import { KoutuError } from '@koutu/core'
import {
  applyReply,
  aws4Problem,
  commitReply,
  type ImagexCall,
  imagexErrorReply,
  parseAws4Authorization,
  payloadHash,
  REGION_TABLE,
  REGIONS,
} from '@koutu/dreamina'
import type { AppDeps } from '../../app-deps.ts'
import { problemResponse } from '../../http/problem.ts'
import { type AppContext, type Dialect, json, problems, type Router } from '../../http/route.ts'
import { newJobId } from '../../jobs/job-keys.ts'
import { AnyBody, ImagexSchema } from './schemas.ts'
import type { UploadCredentials } from './upload-credentials.ts'
import { idOf, uriOf } from './uris.ts'
import { addressOf, NO_STORE, notFound, parseObject, withBody } from './wire.ts'

/** As the protocol's page names them; other faults are sent as the HTTP status that says what they are. */
const INVALID_AUTHORIZATION = { code: 'InvalidAuthorization', codeN: 100024 } as const
const INVALID_TOKEN = { code: 'InvalidToken', codeN: 30406 } as const

const AWS_REGIONS = REGIONS.map((id) => REGION_TABLE[id].awsRegion)
const SERVICE = 'imagex'

export function addImagex(router: Router, deps: AppDeps, credentials: UploadCredentials): void {
  const { clock } = deps
  const dialect: Dialect = {
    credential: { name: 'dreaminaSignature', in: 'header', field: 'Authorization' },
    secretOf: () => null,
    ownerOf(c) {
      // The place of other things than ImageX.
      if (c.req.query('Action') === undefined) throw notFound()
      const keys = credentials.readKeys(c.req.header('x-amz-security-token') ?? '', clock.nowMs())
      if (!keys) throw denied('the session token is not valid, or has expired')
      return { id: keys.ownerId }
    },
    refuse(error, c) {
      if (error.code === 'ROUTE_NOT_FOUND') return problemResponse(error, c.get('requestId'))
      const { status, title } = error.row
      const imagex = error.code === 'KEY_INVALID' ? INVALID_AUTHORIZATION.codeN : error.data.imagex
      const known = [INVALID_AUTHORIZATION, INVALID_TOKEN].find(({ codeN }) => codeN === imagex)
      const message = known || status < 500 ? error.message : title
      const reply = imagexErrorReply(callOf(c), { ...(known ?? { code: error.code, codeN: status }), message })
      return c.json(reply, known ? 200 : (status as 400), NO_STORE)
    },
  }
  for (const method of ['get', 'post'] as const) {
    router.add({
      method,
      path: '/',
      scope: 'cutouts:write',
      dialect,
      summary: 'Dreamina: ImageX ApplyImageUpload and CommitImageUpload',
      description: 'Signed with AWS Signature V4 and the keys of an upload token.',
      ...(method === 'post' ? { request: { body: AnyBody } } : {}),
      responses: {
        ...problems('ROUTE_NOT_FOUND'),
        302: { description: 'Without `Action`: redirects to `/docs`.' },
        ...Object.fromEntries(
          [200, 400, 408, 413, 429, 500, 503].map((status) => [
            status,
            json('The upload address, the uploaded image, or `ResponseMetadata.Error`.', ImagexSchema),
          ]),
        ),
      },
      handler(c) {
        return withBody(c, deps, (body) => {
          proveSignature(c, body)
          const action = c.req.query('Action')
          if (action === 'ApplyImageUpload') return apply(c)
          if (action === 'CommitImageUpload') return commit(c, body)
          throw new KoutuError('REQUEST_INVALID', {
            detail: 'expected ApplyImageUpload or CommitImageUpload as Action',
          })
        })
      },
    })
  }

  function proveSignature(c: AppContext, body: Uint8Array): void {
    const nowMs = clock.nowMs()
    const claim = parseAws4Authorization(c.req.header('authorization') ?? '')
    if (!claim) throw denied('the Authorization header is not of the form AWS4-HMAC-SHA256')
    const keys = credentials.readKeys(c.req.header('x-amz-security-token') ?? '', nowMs)
    if (!keys || keys.accessKeyId !== claim.accessKeyId) throw denied('the access key is unknown')
    const url = new URL(c.req.url)
    const headers = { host: url.host, ...c.req.header() }
    const problem = aws4Problem(
      { method: c.req.method, url: url.href, headers, payloadHash: payloadHash(body) },
      claim,
      { service: SERVICE, regions: AWS_REGIONS, secretAccessKey: keys.secretAccessKey, nowMs },
    )
    if (problem) throw denied(problem)
  }

  function apply(c: AppContext): Response {
    const nowMs = clock.nowMs()
    const uri = uriOf(newJobId(nowMs), endingOf(c.req.query('FileExtension')))
    const { auth, sessionKey } = credentials.issueUpload({ ownerId: c.get('owner').id, uri }, nowMs)
    const uploadId = randomBytes(16).toString('hex')
    const { host } = addressOf(c, deps)
    return c.json(applyReply(callOf(c), { storeUri: uri, auth, uploadId, uploadHost: host, sessionKey }), 200, NO_STORE)
  }

  async function commit(c: AppContext, body: Uint8Array): Promise<Response> {
    const { SessionKey: given } = parseObject(body) ?? {}
    const grant = typeof given === 'string' ? credentials.readSessionKey(given, clock.nowMs()) : null
    const owner = c.get('owner')
    if (grant?.ownerId !== owner.id) throw invalidToken('the SessionKey is not valid, or has expired')
    const id = idOf(grant.uri)
    const picture = id === null ? null : await deps.pictures.commit(owner, id)
    if (!picture) throw invalidToken('nothing was uploaded under this SessionKey, or it was committed before')
    const { header, blob, md5 } = picture
    const { width, height, format, frames } = header
    return c.json(
      commitReply(callOf(c), { uri: grant.uri, width, height, md5, format, bytes: blob.bytes, frames }),
      200,
      NO_STORE,
    )
  }
}

function callOf(c: AppContext): ImagexCall {
  const region = parseAws4Authorization(c.req.header('authorization') ?? '')?.region ?? REGION_TABLE.CN.awsRegion
  return { requestId: randomUUID(), action: (c.req.query('Action') ?? '').slice(0, 64), region }
}

function endingOf(extension: string | undefined): string {
  const text = (extension ?? '').toLowerCase()
  return /^\.[a-z0-9]{1,5}$/.test(text) ? text : ''
}

function denied(detail: string): KoutuError {
  return new KoutuError('KEY_INVALID', { detail })
}

function invalidToken(detail: string): KoutuError {
  return new KoutuError('REQUEST_INVALID', { detail, data: { imagex: INVALID_TOKEN.codeN } })
}
