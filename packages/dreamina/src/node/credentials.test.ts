// The stored login: where it lies, who may read it, what people paste.

import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { isKoutuError } from '@koutu/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { failureOf } from '../../test/support.ts'
import { createCredentialStore, credentialsFromText } from './credentials.ts'
import { configFolder, stateFolder } from './folders.ts'

const SESSION = '0123456789abcdef0123456789abcdef'
let home = ''
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'koutu-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (isKoutuError(error)) return `${error.code} ${error.message}`
  }
  return ''
}

it('follows XDG, ignores relative values', () => {
  expect(configFolder({ XDG_CONFIG_HOME: '/x', HOME: '/h' })).toBe('/x/koutu')
  expect(configFolder({ XDG_CONFIG_HOME: 'x', HOME: '/h' })).toBe('/h/.config/koutu')
  expect(stateFolder({ XDG_STATE_HOME: '/s' })).toBe('/s/koutu')
  expect(stateFolder({ HOME: '/h' })).toBe('/h/.local/state/koutu')
})

it('stores for the user alone, loads, and forgets', async () => {
  const store = createCredentialStore({ HOME: home })
  expect(await store.load()).toBeNull()
  await store.save({ sessionId: SESSION, region: 'JP' })
  expect((await stat(store.path)).mode & 0o777).toBe(0o600)
  expect((await stat(dirname(store.path))).mode & 0o777).toBe(0o700)
  expect(await store.load()).toEqual({ sessionId: SESSION, region: 'JP', source: 'file', warnings: [] })
  expect(await store.clear()).toBe(true)
  expect(await store.clear()).toBe(false)
  expect(await store.load()).toBeNull()
})

it('replaces a login that others could read by one that they cannot, and says so', async () => {
  const store = createCredentialStore({ HOME: home })
  await store.save({ sessionId: SESSION, region: 'CN' })
  await chmod(store.path, 0o644)
  expect((await store.load())?.warnings.map(({ code }) => code)).toEqual(['dreamina-mode'])
  expect((await stat(store.path)).mode & 0o777).toBe(0o600)
})

it('prefers the environment', async () => {
  await createCredentialStore({ HOME: home }).save({ sessionId: SESSION, region: 'JP' })
  const given = { HOME: home, DREAMINA_SESSIONID: ' fedcba9876543210 ' }
  expect(await createCredentialStore(given).load()).toMatchObject({
    sessionId: 'fedcba9876543210',
    region: 'CN',
    source: 'environment',
  })
  expect(await createCredentialStore({ ...given, DREAMINA_REGION: 'us' }).load()).toMatchObject({ region: 'US' })
  expect(await createCredentialStore({ ...given, DREAMINA_SESSIONID: ' ' }).load()).toMatchObject({ source: 'file' })
  const failure = await failureOf(createCredentialStore({ ...given, DREAMINA_REGION: 'EU' }).load())
  expect(failure.code).toBe('INVALID_OPTIONS')
})

it.each([
  `{"sessionId":"${SESSION}`,
  `{"sessionId":"${SESSION}","region":"EU"}`,
  '[]',
  '{"sessionId":"x","region":"CN"}',
])('calls a damaged file damaged without repeating it: %s', async (text) => {
  const store = createCredentialStore({ HOME: home })
  await store.save({ sessionId: SESSION, region: 'CN' })
  await writeFile(store.path, text)
  const failure = await failureOf(store.load())
  expect(failure.code).toBe('ENGINE_LOGIN_REQUIRED')
  expect(`${failure.message} ${String(failure.cause)}`).not.toContain(SESSION)
  expect(await readFile(store.path, 'utf8')).toBe(text)
})

describe('what people paste', () => {
  it.each([
    [SESSION, 'CN'],
    [`  ${SESSION}\n`, 'CN'],
    [`sessionid=${SESSION}`, 'CN'],
    [`Cookie: _tea=1; sessionid=${SESSION}; sessionid_ss=other`, 'CN'],
    [`us-${SESSION}`, 'US'],
    [`sessionid=sg-${SESSION}; x=y`, 'SG'],
  ])('%j', (text, region) => {
    expect(credentialsFromText(text)).toEqual({ sessionId: SESSION, region })
  })

  it('lets the region that is asked for win', () => {
    expect(credentialsFromText(`us-${SESSION}`, 'HK').region).toBe('HK')
  })

  it.each(['', 'x', `sid_tt=${SESSION}`, `a=1; sid_tt=${SESSION}`, `"${SESSION}"`, `${SESSION} ${SESSION}`])(
    'refuses %j without repeating it',
    (text) => {
      const said = codeOf(() => credentialsFromText(text))
      expect(said).toMatch(/^ENGINE_LOGIN_REQUIRED/)
      expect(said).not.toContain(SESSION)
    },
  )
})
