// What the client refuses before it sends anything.

import { isKoutuError } from '@koutu/core'
import { describe, expect, it } from 'vitest'
import { type DreaminaConfig, isLoopback, isSessionId, parseOrigin, resolveConfig, uuid } from './config.ts'

const SESSION = '0123456789abcdef0123456789abcdef'

function problemsOf(config: DreaminaConfig): string {
  try {
    resolveConfig(config)
  } catch (error) {
    if (isKoutuError(error)) return `${error.code} ${error.message}`
    throw error
  }
  return ''
}

describe('origins', () => {
  it.each([
    'https://jimeng.jianying.com',
    'https://host:8443',
    'http://127.0.0.1:80',
    'http://localhost:1',
    'http://[::1]:9',
  ])('takes %s', (text) => expect(parseOrigin(text)).toBe(new URL(text).origin))
  it.each([
    'http://jimeng.jianying.com',
    'http://127.0.0.1.evil.example',
    'http://10.0.0.1',
    'ftp://127.0.0.1',
    'https://user@host',
    'https://host/path',
    'https://host?x=1',
    'host',
    '',
  ])('refuses "%s"', (text) => expect(parseOrigin(text)).toBeNull())

  it('takes the whole of 127.0.0.0/8 for loopback, and no name that only begins so', () => {
    expect(isLoopback('127.9.8.7')).toBe(true)
    expect(isLoopback('127.0.0.1.example')).toBe(false)
  })
})

it('uses the hosts of the region, and the API for commerce where only that is given', () => {
  expect(resolveConfig({ sessionId: SESSION, region: 'JP' })).toMatchObject({
    api: 'https://mweb-api-sg.capcut.com',
    commerce: 'https://commerce-api-sg.capcut.com',
    imagex: null,
    loopback: false,
  })
  const own = resolveConfig({ sessionId: SESSION, endpoints: { api: 'http://127.0.0.1:9' } })
  expect(own).toMatchObject({ commerce: 'http://127.0.0.1:9', loopback: true })
})

it('names every problem at once', () => {
  const text = problemsOf({
    sessionId: SESSION,
    region: 'XX' as 'CN',
    endpoints: { api: 'http://evil.example' },
    limits: { attempts: 0 },
  })
  expect(text).toMatch(/^INVALID_OPTIONS/)
  expect(text).toContain('region')
  expect(text).toContain('endpoints.api')
  expect(text).toContain('limits.attempts')
})

it.each(['', 'short', `${SESSION};x=1`, `${SESSION}\r\nX: y`, `${SESSION},`, 'é'.repeat(20), 'a'.repeat(513)])(
  'refuses the session id %j without repeating it',
  (sessionId) => {
    expect(isSessionId(sessionId)).toBe(false)
    const text = problemsOf({ sessionId })
    expect(text).toMatch(/^ENGINE_LOGIN_REQUIRED/)
    if (sessionId.length > 5) expect(text).not.toContain(sessionId)
  },
)

it('makes UUIDs of version 4', () => {
  expect(uuid((count) => new Uint8Array(count).fill(0xff))).toBe('ffffffff-ffff-4fff-bfff-ffffffffffff')
  expect(uuid((count) => new Uint8Array(count))).toBe('00000000-0000-4000-8000-000000000000')
})
