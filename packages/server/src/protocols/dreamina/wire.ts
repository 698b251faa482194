// Reads requests and sends responses of this protocol, for all of its routes.

import { randomBytes } from 'node:crypto'
import { KoutuError } from '@koutu/core'
import { apiReply, commerceReply, isServiceHost, type ReplyStamp, signProblem } from '@koutu/dreamina'
import type { AppDeps } from '../../app-deps.ts'
import type { AppContext, Dialect } from '../../http/route.ts'
import { boundedBody, checkAnnounced } from '../../intake/body.ts'
import { bodyOf } from '../../intake/body-reader.ts'
import { withText } from '../../intake/read-text.ts'
import { refusalOf, refused } from './codes.ts'
import { sessionOf } from './session.ts'

export type Body = Readonly<Record<string, unknown>>

export const NO_STORE = { 'cache-control': 'no-store' } as const
/** Drafts and lists of ids are small. */
const MAX_BODY_BYTES = 2 ** 20

export function stampOf({ clock }: Pick<AppDeps, 'clock'>): ReplyStamp {
  return { nowMs: clock.nowMs(), randomHex: randomBytes(10).toString('hex') }
}

/** `/mweb/*` and what is answered in the same envelope: HTTP 200 whatever happens. */
export function apiDialect(deps: AppDeps): Dialect {
  return {
    credential: { name: 'dreaminaSession', in: 'cookie', field: 'sessionid' },
    secretOf: (c) => sessionOf(c.req.header('cookie')),
    isItsHost: isServiceHost,
    refuse: (error, c) => c.json(apiReply(null, stampOf(deps), refusalOf(error)), 200, NO_STORE),
  }
}

export function commerceDialect(deps: AppDeps): Dialect {
  return {
    ...apiDialect(deps),
    refuse: (error, c) => c.json(commerceReply(null, stampOf(deps), refusalOf(error)), 200, NO_STORE),
  }
}

/** Errors: ret 1014 on a server that insists on the sign. */
export function checkSign(c: AppContext, { settings, clock }: AppDeps): void {
  if (!settings.isDreaminaSignStrict) return
  const header = (name: string) => c.req.header(name)
  const headers = {
    sign: header('sign'),
    pf: header('pf'),
    appvr: header('appvr'),
    deviceTime: header('device-time'),
    tdid: header('tdid'),
  }
  const problem = signProblem(c.req.path, headers, clock.nowMs())
  if (problem) throw refused('1014', problem)
}

/**
 * The members of a JSON body, whatever its Content-Type; null for an empty one. One client wraps all of it in `data`.
 * Errors: ret 1000 for what is no object, and those of `withBody`.
 */
export function readBody(c: AppContext, deps: AppDeps): Promise<Body | null> {
  return withBody(c, deps, membersOf)
}

/** Waits for memory as other bodies do. Errors: REQUEST_*, IMAGE_TOO_MANY_BYTES, SERVER_BUSY, STORAGE_*, those of `use`. */
export async function withBody<T>(
  c: AppContext,
  deps: AppDeps,
  use: (bytes: Uint8Array) => T | Promise<T>,
): Promise<T> {
  const request = c.req.raw
  checkAnnounced(request.headers, MAX_BODY_BYTES)
  const body = boundedBody(bodyOf(c), deps.settings.bodyTimes, MAX_BODY_BYTES)
  try {
    return await withText({ body, request }, MAX_BODY_BYTES, deps, use)
  } finally {
    await body.return()
  }
}

function membersOf(bytes: Uint8Array): Body | null {
  const body = parseObject(bytes)
  if (body === null) throw refused('1000', 'expected an object in JSON')
  if (bytes.length === 0) return null
  const { data } = body
  return isObject(data) ? { ...data, ...body } : body
}

/** An empty text is an empty object; null for everything else that is none. */
export function parseObject(bytes: Uint8Array): Body | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    const value: unknown = text === '' ? {} : JSON.parse(text)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

function isObject(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Texts of a list, numbers among them too; nothing for what is no list. */
export function textsOf(value: unknown, maxCount: number): string[] {
  const list = Array.isArray(value) ? value : []
  return list
    .filter((entry) => typeof entry === 'string' || typeof entry === 'number')
    .slice(0, maxCount)
    .map(String)
}

const HOST = /^([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:\d{1,5})?$/i

/** Where this server is for the client that asks: origin, and host with port. Errors: ret 1001. */
export function addressOf(c: AppContext, { settings }: AppDeps): { readonly origin: string; readonly host: string } {
  const asked = new URL(c.req.url)
  const host = c.req.header('host') ?? asked.host
  if (settings.publicUrl !== null) return { origin: settings.publicUrl, host: new URL(settings.publicUrl).host }
  if (!HOST.test(host)) throw refused('1001', 'the Host header cannot be read')
  return { origin: `${asked.protocol}//${host}`, host }
}

export function notFound(): KoutuError {
  return new KoutuError('ROUTE_NOT_FOUND')
}
