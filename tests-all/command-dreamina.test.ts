// `koutu --engine dreamina` as people run it, against a fake of the service over real HTTP on loopback. The fake's
// cutouts are real ones, made by koutu's own network.

import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type DreaminaFake,
  type DreaminaFakeOptions,
  type RunProcessOptions,
  runNode,
  startDreaminaFake,
} from '@koutu/testing'
import { createRemover, type Remover } from 'koutu'
import sharp from 'sharp'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

const BIN = join(import.meta.dirname, '../packages/koutu/bin/koutu.js')
const EXAMPLE = join(import.meta.dirname, '../examples/photo.jpg')
/** The example at a third of its size: nothing here depends on it. */
let photo = ''
let root = ''
let home = ''
let remover: Remover

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'koutu-dreamina-'))
  photo = join(root, 'photo.jpg')
  await sharp(EXAMPLE).resize(400).jpeg().toFile(photo)
  remover = await createRemover()
})
afterAll(async () => {
  await remover[Symbol.asyncDispose]()
  await rm(root, { recursive: true })
})
beforeEach(async () => {
  home = await mkdtemp(join(root, 'home-'))
})

const cutout = async (bytes: Uint8Array) => (await remover.remove(bytes)).image.bytes()
const start = (options: DreaminaFakeOptions = {}) =>
  startDreaminaFake({ cutout, statuses: [], polling: { interval_seconds: 0.01, timeout_seconds: 60 }, ...options })

async function koutu(
  fake: DreaminaFake,
  args: readonly string[],
  options: Pick<RunProcessOptions, 'stdin' | 'onStart'> & { readonly session?: string } = {},
) {
  const { session = fake.sessionId, ...rest } = options
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    KOUTU_CACHE_DIR: join(root, 'cache'),
    KOUTU_DREAMINA_API: fake.origin,
    ...(session ? { DREAMINA_SESSIONID: session } : {}),
  }
  const { code, stdout, stderr } = await runNode([BIN, ...args], { cwd: home, env, ...rest })
  return { code, stdout: stdout.toString(), stderr }
}

function expectNoSecrets(fake: DreaminaFake, ...texts: readonly string[]): void {
  for (const text of texts) for (const secret of fake.secrets) expect(text).not.toContain(secret)
}

describe('koutu --engine dreamina', () => {
  it('ends in a transparent image of the full size, pays once, and shows no secret', async () => {
    await using fake = await start({ queue: [3, 1], statuses: [20, 42] })
    const first = await koutu(fake, ['--engine', 'dreamina', photo, '-o', 'out.png'])
    expect(first).toMatchObject({ code: 0, stdout: '' })
    expect(first.stderr).toContain('position 3')
    const { width, height } = await sharp(photo).metadata()
    const { data, info } = await sharp(join(home, 'out.png')).raw().toBuffer({ resolveWithObject: true })
    expect([info.width, info.height, info.channels]).toEqual([width, height, 4])
    // A corner is background, the middle of the toy's chest is not.
    expect(data[3]).toBe(0)
    expect(data[(Math.round(height * 0.57) * width + Math.round(width * 0.43)) * 4 + 3]).toBe(255)
    expect(fake.violations).toEqual([])
    expect(fake.charged).toBe(1)
    const again = await koutu(fake, ['--engine', 'dreamina', photo, '-o', 'again.webp', '--crop', '--json'])
    expect(again.code).toBe(0)
    expect(again.stdout).toContain('dreamina-reused')
    expect(fake.charged).toBe(1)
    expectNoSecrets(fake, first.stdout, first.stderr, again.stdout, again.stderr)
  })

  it('refines the alpha at full size with --dreamina-upscale', async () => {
    await using fake = await start()
    const large = join(home, 'large.jpg')
    await sharp(EXAMPLE).resize(2100).jpeg().toFile(large)
    const run = await koutu(fake, ['--engine', 'dreamina', '--dreamina-upscale', large, '-o', 'large.png'])
    expect(run).toMatchObject({ code: 0, stdout: '' })
    expect(await sharp(join(home, 'large.png')).metadata()).toMatchObject({ width: 2100, channels: 4 })
    expect(run.stderr).not.toContain('dreamina-size')
  })

  it.each([
    ['an opaque result', { result: 'opaque' }, 'ENGINE_RESULT_OPAQUE', 1],
    ['a JPEG', { result: 'jpeg' }, 'ENGINE_RESULT_OPAQUE', 1],
    ['a failed task', { finalStatus: 30, failure: { code: '2038', message: 'no' } }, 'ENGINE_', 1],
  ] as const)('says with a code what is wrong: %s', async (_, options, code, exit) => {
    await using fake = await start(options)
    const run = await koutu(fake, ['--engine', 'dreamina', photo, '-o', 'out.png'])
    expect(run.stderr).toContain(code)
    expect(run.code).toBe(exit)
    expect((await readdir(home)).filter((name) => name.endsWith('.png'))).toEqual([])
    expectNoSecrets(fake, run.stderr)
  })

  it('wants a login, and stays off the network when offline', async () => {
    await using fake = await start()
    const run = await koutu(fake, ['--engine', 'dreamina', photo, '-o', 'out.png'], { session: '' })
    expect(run.stderr).toContain('koutu dreamina login')
    const offline = await koutu(fake, ['--engine', 'dreamina', '--offline', photo, '-o', 'out.png'])
    expect(offline.stderr).toContain('OFFLINE')
    expect([run.code, offline.code]).toEqual([3, 3])
    expect(fake.calls).toEqual([])
  })

  it('stops on SIGINT while it waits; resume fetches what was paid for', async () => {
    await using fake = await start({ statuses: [20, 20, 20] })
    const stopped = await koutu(fake, ['--engine', 'dreamina', photo, '-o', 'out.png'], {
      onStart: (child) => void fake.next('query').then(() => child.kill('SIGINT')),
    })
    expect(stopped.code).toBe(130)
    expect(fake.charged).toBe(1)
    const resumed = await koutu(fake, ['dreamina', 'resume'])
    expect(resumed.code).toBe(0)
    const [file] = (await readdir(home)).filter((name) => name.startsWith('dreamina-'))
    expect((await sharp(join(home, file!)).metadata()).hasAlpha).toBe(true)
    expect(fake.charged).toBe(1)
  })
})

describe('koutu dreamina', () => {
  it('logs in from a pipe, stores the session for its owner only, tells the balance, logs out', async () => {
    await using fake = await start()
    const login = await koutu(fake, ['dreamina', 'login'], { stdin: `${fake.sessionId}\n`, session: '' })
    expect(login).toMatchObject({ code: 0, stdout: expect.stringContaining('Logged in') })
    const path = join(home, '.config/koutu/dreamina.json')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readFile(path, 'utf8')).toContain(fake.sessionId)
    const status = await koutu(fake, ['dreamina', 'status', '--json'], { session: '' })
    expect(JSON.parse(status.stdout)).toMatchObject({ loggedIn: true, region: 'CN' })
    const logout = await koutu(fake, ['dreamina', 'logout'], { session: '' })
    expect(logout.code).toBe(0)
    expect((await koutu(fake, ['dreamina', 'status'], { session: '' })).code).toBe(3)
    expectNoSecrets(fake, login.stdout, login.stderr, status.stdout, logout.stdout)
  })

  it('explains what it would send, without a login and without sending', async () => {
    await using fake = await start()
    const { code, stdout } = await koutu(fake, ['dreamina', 'explain', photo], { session: '' })
    expect(code).toBe(0)
    expect(stdout).toContain('/mweb/v1/aigc_draft/generate')
    expect(fake.calls).toEqual([])
  })

  it('refuses an unknown region', async () => {
    await using fake = await start()
    expect(await koutu(fake, ['dreamina', 'status', '--region', 'XX'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Expected CN, US'),
    })
  })
})
