// Authorizes requests: key, scope and rate, in this order. On a server without keys, only pages and programs of this machine.

import { type Clock, KoutuError } from '@koutu/core'
import type { Owner } from '../jobs/job-service.ts'
import type { ApiKey, KeyService, Scope } from '../keys/key-service.ts'
import { createRateLimits } from '../limits/rate.ts'
import { isAllowedOrigin } from './cross-origin.ts'
import type { AppContext, Dialect, Gate } from './route.ts'
import type { SignedLinks } from './signed-links.ts'

/** Everybody on a server without keys. */
export const LOCAL_OWNER: Owner = { id: 'local' }

/** Who may call: holders of a key; programs and pages of this machine; anybody. */
export type Access = 'keys' | 'local' | 'everybody'

export interface GateDeps {
  readonly keys: Pick<KeyService, 'find' | 'authenticate'>
  readonly links: SignedLinks
  readonly clock: Clock
  readonly settings: {
    readonly access: Access
    /** Origins of pages that may use the server, lower case; `*` is any. */
    readonly allowedOrigins: readonly string[]
    /** Names under which a server without keys may be reached, beside localhost; lower case, `*` is any. */
    readonly allowedHosts: readonly string[]
    /** Origin at which clients reach the server; null where the Host header of each request says so. */
    readonly publicUrl: string | null
    readonly ratePerMinute: number
  }
}

export function createGate({ keys, settings, links, clock }: GateDeps): Gate {
  const rates = createRateLimits(clock.nowMs)
  return async (c, scope, dialect) => {
    if (scope === null) return
    if (dialect?.ownerOf) {
      // A token that only an answer to a request behind the checks below could have brought.
      const owner = dialect.ownerOf(c)
      const key = await keys.find(owner.id)
      if (key) signInWithKey(c, key, scope)
      else if (settings.access === 'keys') throw new KoutuError('KEY_INVALID')
      else signIn(c, owner, null)
      await rates.take(key ? `key ${key.id}` : addressOf(c), key?.ratePerMinute ?? settings.ratePerMinute)
      return
    }
    if (settings.access === 'local') refuseForeignPages(c, settings, dialect)
    const secret = boundedSecret(dialect ? dialect.secretOf(c) : ourSecret(c))
    const key = secret === null ? null : await keys.authenticate(secret)
    // Many clients always send a key: where none is needed, any will do.
    const mayIgnore = settings.access !== 'keys'
    let who = addressOf(c)
    if (key) {
      signInWithKey(c, key, scope)
      who = `key ${key.id}`
    } else if (secret !== null && !mayIgnore) {
      // Guessing is slow, too.
      await rates.take(`guesses ${addressOf(c)}`, MAX_GUESSES_PER_MINUTE)
      throw new KoutuError('KEY_INVALID')
    } else if (!dialect && scope === 'jobs:read' && c.req.query('signature') !== undefined) {
      const url = new URL(c.req.url)
      signIn(c, { id: links.verify(url.pathname, url.searchParams, clock.nowMs()) }, null)
    } else if (settings.access === 'keys') {
      throw new KoutuError('KEY_MISSING', { detail: 'expected Authorization: Bearer KEY' })
    } else {
      signIn(c, LOCAL_OWNER, null)
    }
    await rates.take(who, c.get('key')?.ratePerMinute ?? settings.ratePerMinute)
  }
}

function signIn(c: AppContext, owner: Owner, key: ApiKey | null): void {
  c.set('owner', owner)
  c.set('key', key)
  c.get('logFields').owner = owner.id
}

function signInWithKey(c: AppContext, key: ApiKey, scope: Scope): void {
  signIn(c, { id: key.id }, key)
  if (!key.scopes.includes(scope)) {
    throw new KoutuError('SCOPE_MISSING', { detail: `this requires the scope ${scope}`, data: { scope } })
  }
}

const MAX_SECRET_LENGTH = 200
const MAX_GUESSES_PER_MINUTE = 60

/** From `Authorization: Bearer`, else from `X-Api-Key`. */
export function ourSecret(c: AppContext): string | null {
  const bearer = /^Bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '')?.[1]
  return bearer ?? c.req.header('x-api-key') ?? null
}

function boundedSecret(secret: string | null): string | null {
  if (secret !== null && secret.length > MAX_SECRET_LENGTH) throw new KoutuError('KEY_INVALID')
  return secret
}

/** Whom limits are counted for. */
export function callerOf(c: AppContext): string {
  const key = c.get('key')
  return key ? `key ${key.id}` : addressOf(c)
}

/** Whom limits are counted for where there is no key. */
function addressOf(c: AppContext): string {
  return `address ${c.env?.incoming?.socket.remoteAddress ?? 'unknown'}`
}

const LOCAL_HOST = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i

/**
 * A page of another site must not use this machine's server: not by posting to it, and not by a name of its own that
 * leads here (DNS rebinding), which its Host header gives away. Names of the service whose protocol is spoken are no
 * such names, and its clients say that they come from its pages.
 */
function refuseForeignPages(c: AppContext, settings: GateDeps['settings'], dialect: Dialect | undefined): void {
  const { publicUrl, allowedHosts } = settings
  const refuse = (detail: string): never => {
    throw new KoutuError('ORIGIN_REFUSED', { detail })
  }
  const isServices = (hostname: string | undefined): boolean =>
    hostname !== undefined && (dialect?.isItsHost?.(hostname) ?? false)
  const host = c.req.header('host') ?? new URL(c.req.url).host
  const isPublic = publicUrl !== null && URL.parse(publicUrl)?.host === host
  const name = URL.parse(`http://${host}`)?.hostname
  const isAllowedHost = allowedHosts.includes('*') || (name !== undefined && allowedHosts.includes(name))
  if (!LOCAL_HOST.test(host) && !isPublic && !isAllowedHost && !isServices(name))
    refuse('without API keys the server accepts only localhost; --allow-host adds host names')
  const origin = c.req.header('origin')
  const from = origin === undefined ? null : URL.parse(origin)
  if (isServices(from?.hostname) || isAllowedOrigin(settings, origin)) return
  if (origin !== undefined && from?.host !== host)
    refuse('the page is from another origin; --allow-origin adds origins')
  if (c.req.header('sec-fetch-site') === 'cross-site') refuse('the page is from another site')
}
