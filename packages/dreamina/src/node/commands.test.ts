// The commands against the fake, in a home of their own; among them the resume after a process was killed while polling.

import { spawn } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DreaminaFake, decodePng, startDreaminaFake } from '@koutu/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { drawDisc, failureOf, fastPorts } from '../../test/support.ts'
import { type DreaminaSetup, explainFile, login, logout, openDreamina, resume, status } from './commands.ts'
import { createCredentialStore } from './credentials.ts'

const PICTURE = drawDisc(12, 10)
let home = ''
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'koutu-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

const setupFor = (fake: DreaminaFake): DreaminaSetup => ({
  env: { HOME: home },
  endpoints: { api: fake.origin },
  ports: fastPorts(),
})

describe('login, status, logout', () => {
  it('checks the session, stores it, tells the balance, forgets it', async () => {
    await using fake = await startDreaminaFake()
    const setup = setupFor(fake)
    expect(await status(setup)).toMatchObject({ exit: 3, json: { loggedIn: false, unfinished: [] } })
    const done = await login(`sessionid=${fake.sessionId}; x=y`, setup)
    expect(done).toMatchObject({ exit: 0, json: { loggedIn: true, region: 'CN' } })
    const told = await status(setup)
    expect(told.text).toBe(
      `Logged in to Dreamina (CN), from ${createCredentialStore({ HOME: home }).path}.\nCredits: 65 (0 subscription, 60 gift, 5 bought).`,
    )
    expect(told.json).toMatchObject({ credit: { total: 65 }, source: 'file' })
    expect(await logout(setup)).toMatchObject({ json: { loggedOut: true }, warnings: [] })
    expect(await logout(setup)).toMatchObject({ json: { loggedOut: false } })
    expect((await failureOf(openDreamina(setup))).code).toBe('ENGINE_LOGIN_REQUIRED')
  })

  it('stores nothing that does not work', async () => {
    await using fake = await startDreaminaFake()
    const failure = await failureOf(login('0123456789abcdef', setupFor(fake)))
    expect(failure.code).toBe('ENGINE_LOGIN_REQUIRED')
    expect(failure.message).toContain('1015')
    expect(await readdir(home)).toEqual([])
  })

  it('calls a login without a readable balance a login', async () => {
    await using fake = await startDreaminaFake()
    const setup = setupFor(fake)
    await login(fake.sessionId, setup)
    fake.fail('credit', { type: 'ret', ret: '1014' }, ...Array(9).fill({ type: 'ret', ret: '3018' }))
    const told = await status(setup)
    expect(told).toMatchObject({ exit: 0, json: { credit: null }, warnings: [{ code: 'dreamina-credit' }] })
    expect(told.text).toContain('Credits: unknown.')
  })

  it('warns that the environment still logs in', async () => {
    await using fake = await startDreaminaFake()
    const env = { HOME: home, DREAMINA_SESSIONID: fake.sessionId }
    expect((await logout({ ...setupFor(fake), env })).warnings.map(({ code }) => code)).toEqual([
      'dreamina-environment',
    ])
    expect((await status({ ...setupFor(fake), env })).json).toMatchObject({ source: 'environment' })
  })
})

/** Another process that cuts out an image with the same home, polling in real time. */
const CHILD = `
import { readFile } from 'node:fs/promises'
const [module, origin, image] = process.argv.slice(1)
const { openDreamina } = await import(module)
const { client } = await openDreamina({ endpoints: { api: origin } })
await client.segment(new Uint8Array(await readFile(image)))
`

describe('resume', () => {
  it('fetches the result of a process that was killed while it polled, without paying again', async () => {
    await using fake = await startDreaminaFake({ statuses: [20, 20, 42, 45] })
    const setup = setupFor(fake)
    await login(fake.sessionId, setup)
    const picture = join(home, 'photo.png')
    await writeFile(picture, PICTURE)
    const module = new URL('./commands.ts', import.meta.url).href
    const arguments_ = ['--input-type=module', '-e', CHILD, module, fake.origin, picture]
    const child = spawn(process.execPath, arguments_, { env: { HOME: home, PATH: process.env.PATH }, stdio: 'ignore' })
    const ended = new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)))
    await Promise.race([fake.next('query'), ended])
    child.kill('SIGKILL')
    expect(await ended).toBe('SIGKILL')
    expect(fake.charged).toBe(1)

    const [submitId] = fake.submitIds
    expect((await status(setup)).json).toMatchObject({ unfinished: [{ submitId, state: 'submitted' }] })
    const folder = join(home, 'out')
    const done = await resume({ folder }, setup)
    const path = join(folder, `dreamina-${submitId}.png`)
    expect(done).toMatchObject({ exit: 0, json: { results: [{ task: submitId, path }] } })
    const { width, height, channels } = decodePng(await readFile(path))
    expect([width, height, channels]).toEqual([12, 10, 4])
    expect((await resume({ folder }, setup)).text).toBe('Nothing to resume: every result was fetched.')

    // The photo itself finds the task as well, as a batch that is run again would.
    const { client } = await openDreamina(setup)
    expect(await client.segment(PICTURE)).toMatchObject({ reused: true, submitId })
    expect(fake.charged).toBe(1)
    expect(fake.violations).toEqual([])
  })

  it('goes on after one that fails, and exits with 1', async () => {
    await using fake = await startDreaminaFake()
    const setup = setupFor(fake)
    await login(fake.sessionId, setup)
    const { client, journal } = await openDreamina(setup)
    const { submitId } = await client.cutout(await client.upload(PICTURE))
    const unknown = '00000000-0000-4000-8000-000000000000'
    const entry = (await journal.get(submitId))!
    await journal.put({ ...entry, submitId: unknown, createdAtMs: 0 })
    await journal.put({ ...entry, submitId: '11111111-0000-4000-8000-000000000000', region: 'US' })
    const done = await resume({ folder: join(home, 'out') }, setup)
    expect(done.exit).toBe(1)
    expect(done.json.results).toMatchObject([
      { task: unknown, error: { code: 'ENGINE_ANSWER_INVALID' } },
      { task: submitId, path: join(home, 'out', `dreamina-${submitId}.png`) },
    ])
  })

  it('strikes off what was never accepted', async () => {
    await using fake = await startDreaminaFake()
    const setup = setupFor(fake)
    await login(fake.sessionId, setup)
    const { client } = await openDreamina({ ...setup, limits: { attempts: 1 } })
    fake.fail('generate', { type: 'drop' })
    expect((await failureOf(client.segment(PICTURE))).code).toBe('FETCH_FAILED')
    const [entry] = (await status(setup)).json.unfinished as { submitId: string }[]
    expect(await resume({ folder: home }, setup)).toMatchObject({
      exit: 0,
      json: { results: [{ task: entry!.submitId, accepted: false }] },
    })
    expect((await status(setup)).json.unfinished).toEqual([])
  })

  it('takes a history id, of any task of the account', async () => {
    await using fake = await startDreaminaFake()
    const setup = setupFor(fake)
    await login(fake.sessionId, setup)
    const { client, journal } = await openDreamina(setup)
    const { submitId, historyId } = await client.cutout(await client.upload(PICTURE))
    await journal.remove(submitId)
    const done = await resume({ id: historyId, folder: home }, setup)
    expect(done.json.results).toEqual([{ task: historyId, path: join(home, `dreamina-${submitId}.png`) }])
  })

  it('keeps on the list what could not be written', async () => {
    await using fake = await startDreaminaFake()
    const setup = setupFor(fake)
    await login(fake.sessionId, setup)
    const { client, journal } = await openDreamina(setup)
    const { submitId } = await client.cutout(await client.upload(PICTURE))
    const folder = join(home, 'file')
    await writeFile(folder, '')
    expect((await resume({ folder }, setup)).json.results).toMatchObject([{ error: { code: 'OUTPUT_UNWRITABLE' } }])
    expect(await journal.get(submitId)).toMatchObject({ state: 'submitted' })
  })
})

describe('explain', () => {
  it('needs no login and no network', async () => {
    const path = join(home, 'photo.png')
    await writeFile(path, PICTURE)
    await chmod(path, 0o400)
    const told = await explainFile(path, { env: { HOME: home }, region: 'SG' })
    expect(told.text).toContain('POST https://mweb-api-sg.capcut.com/mweb/v1/aigc_draft/generate')
    expect(told.json.requests).toHaveLength(7)
  })

  it('says that a file is missing', async () => {
    expect((await failureOf(explainFile(join(home, 'none.png')))).code).toBe('INPUT_NOT_FOUND')
  })
})
