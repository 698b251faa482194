// What servers stand on goes wrong under forty accepted jobs: none is lost, none ends twice, none hangs, and nobody has to help.
// The table in docs/server.md tells what was measured.

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openPglite } from '../packages/server/src/db/pglite.ts'
import { type FaultyProxy, startFaultyProxy } from './services/faulty-proxy.ts'
import { freePort } from './services/free-port.ts'
import { differentPictures, expectEachOnce, type JobClient, jobClient, untilAllEnded } from './services/job-client.ts'
import { descendantsOf, killAllPrograms, killProgram, type Program, startProgram } from './services/program.ts'
import { type S3Server, startS3 } from './services/s3.ts'

const PICTURES = differentPictures(40)
/** The two networks of the server need four seconds for all. */
const PICTURE_MS = 200

let folder = ''
let server: Program
let url = ''
let client: JobClient
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-faults-'))
})
afterEach(async () => {
  await killProgram(server)
  // Processes that have lost their server write their last lines.
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 })
})
afterAll(killAllPrograms)

const SERVER = join(import.meta.dirname, 'services/fake-server.ts')

async function start(env: Record<string, string> = {}, data = folder): Promise<void> {
  const port = await freePort()
  server = startProgram(SERVER, [String(port), data, String(PICTURE_MS)], env)
  url = `http://127.0.0.1:${port}`
  client = jobClient(url, PICTURES)
  await server.ready
  // Its runner has started: on a busy machine that takes longer than a job.
  await expect.poll(isReady, { timeout: 60_000, interval: 200 }).toBe(200)
}

const isReady = () => fetch(`${url}/readyz`).then(({ status }) => status)

/** Some at a time, as several clients would. */
async function submitAll(): Promise<string[]> {
  const ids: string[] = []
  for (let i = 0; i < PICTURES.length; i += 8)
    ids.push(...(await Promise.all(Array.from({ length: 8 }, (_, j) => client.submit(i + j)))))
  return ids
}

async function untilSucceeded(count: number): Promise<void> {
  const succeeded = async () => (await client.all()).filter(({ state }) => state === 'succeeded').length
  await expect.poll(succeeded, { timeout: 60_000, interval: 200 }).toBeGreaterThanOrEqual(count)
}

async function expectAll(ids: readonly string[]): Promise<number> {
  await untilAllEnded(client)
  return expectEachOnce(client, ids, PICTURES)
}

describe.runIf(process.platform === 'linux')('a runner that is frozen', () => {
  it('for less than a job may take only delays its jobs', async () => {
    await start()
    const ids = await submitAll()
    await untilSucceeded(4)
    const [runner] = descendantsOf(server)
    process.kill(runner!.pid, 'SIGSTOP')
    await sleep(8_000)
    process.kill(runner!.pid, 'SIGCONT')
    expect(await expectAll(ids)).toBe(PICTURES.length)
  })

  it('for good is replaced long before its jobs time out, and what it held is tried again', async () => {
    await start({ KOUTU_JOB_TIMEOUT_MS: '300000' })
    const ids = await submitAll()
    await untilSucceeded(4)
    process.kill(descendantsOf(server)[0]!.pid, 'SIGSTOP')
    expect(await expectAll(ids)).toBeGreaterThan(PICTURES.length)
  })
})

const FAKETIME = ['/usr/lib/x86_64-linux-gnu/faketime', '/usr/lib/aarch64-linux-gnu/faketime']
  .map((path) => join(path, 'libfaketime.so.1'))
  .find(existsSync)

describe('a clock that is moved by hours', () => {
  it.each([
    ['forward and back', ['+5h', '-5h', '+0']],
    ['back and forward', ['-5h', '+5h', '+0']],
  ])('%s loses and delays nothing', async (_, moves) => {
    expect(FAKETIME, 'libfaketime (Debian: apt-get install faketime)').toBeDefined()
    const clock = join(folder, 'clock')
    await mkdir(join(folder, 'data'))
    await writeFile(clock, '+0')
    await start(
      {
        LD_PRELOAD: FAKETIME!,
        FAKETIME_TIMESTAMP_FILE: clock,
        FAKETIME_NO_CACHE: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      },
      join(folder, 'data'),
    )
    const ids = await submitAll()
    for (const [i, move] of moves.entries()) {
      await untilSucceeded(4 + 8 * i)
      await writeFile(clock, move)
    }
    await expectAll(ids)
  })
})

/** Undefined where file systems may be mounted, as by root. */
const whyNoMount = ((): string | undefined => {
  const probe = join(tmpdir(), `koutu-mount-${process.pid}`)
  try {
    execFileSync('mkdir', [probe])
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', probe], { stdio: 'ignore' })
    execFileSync('umount', [probe])
    return undefined
  } catch {
    return 'file systems may not be mounted here'
  } finally {
    execFileSync('rm', ['-rf', probe])
  }
})()

/** Fills `disk`, waits until the server says that it is not ready, and gives its answer to an upload. */
async function uploadToFull(disk: string): Promise<Response> {
  spawnSync('dd', ['if=/dev/zero', `of=${join(disk, 'filler')}`, 'bs=1M'])
  await expect.poll(async () => (await fetch(`${url}/readyz`)).status, { timeout: 30_000 }).toBe(503)
  return fetch(`${url}/v1/cutouts`, {
    method: 'POST',
    body: PICTURES[0]!,
    headers: { 'content-type': 'image/png', prefer: 'respond-async' },
  })
}

describe('a disk', () => {
  let disk = ''
  beforeEach((context) => {
    if (whyNoMount) context.skip(whyNoMount)
    disk = join(folder, 'disk')
    execFileSync('mkdir', [disk])
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=200m', 'tmpfs', disk])
  })
  afterEach(async () => {
    await killProgram(server)
    // Every mount that lies there.
    while (spawnSync('umount', [disk]).status === 0);
  })

  it('that fills up, with the database on it, refuses uploads and holds jobs until there is room', async () => {
    await start({}, join(disk, 'data'))
    const ids = await submitAll()
    await untilSucceeded(4)
    const refused = await uploadToFull(disk)
    expect([refused.status, await refused.json()]).toMatchObject([507, { code: 'STORAGE_FULL' }])
    const before = await client.all()
    await sleep(4_000)
    expect(await client.all()).toHaveLength(before.length)
    await rm(join(disk, 'filler'))
    await expectAll(ids)
  })

  it('that becomes read-only holds jobs until it can be written to', async () => {
    const data = join(disk, 'data')
    await start({}, data)
    const ids = await submitAll()
    await untilSucceeded(4)
    // Over the folder: files that are open go on, as no other way leaves a running database.
    execFileSync('mount', ['--bind', data, data])
    execFileSync('mount', ['-o', 'remount,bind,ro', data])
    await expect.poll(async () => (await fetch(`${url}/readyz`)).status, { timeout: 30_000 }).toBe(503)
    await sleep(4_000)
    execFileSync('umount', [data])
    await expectAll(ids)
  })
})

describe('a store in S3', () => {
  let s3: S3Server
  let proxy: FaultyProxy
  const begin = async (objects?: string) => {
    s3 = await startS3(objects)
    proxy = await startFaultyProxy(s3.endpoint)
    await start({ ...s3.env, KOUTU_STORAGE: `s3://${s3.bucket}/koutu?endpoint=${proxy.url}` }, join(folder, 'data'))
  }
  afterEach(async () => {
    await killProgram(server)
    await proxy?.[Symbol.asyncDispose]()
    await s3?.stop()
  })

  it('that takes half a second for each answer only delays jobs', async () => {
    await begin()
    const ids = await submitAll()
    proxy.faults.delayMs = 500
    await untilSucceeded(4)
    proxy.faults.delayMs = 200
    await expectAll(ids)
  })

  it('that fails one time in three delays jobs, and requests are repeated', async () => {
    await begin()
    proxy.faults.failEvery = 3
    const ids = await submitAll()
    await expectAll(ids)
    expect(proxy.failures).toBeGreaterThan(30)
  })

  it('that is full refuses uploads and holds jobs until there is room', async (context) => {
    if (whyNoMount) context.skip(whyNoMount)
    const disk = join(folder, 'disk')
    execFileSync('mkdir', [disk])
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=50m', 'tmpfs', disk])
    try {
      await begin(disk)
      const ids = await submitAll()
      await untilSucceeded(4)
      const refused = await uploadToFull(disk)
      expect([503, 507]).toContain(refused.status)
      await rm(join(disk, 'filler'))
      await expectAll(ids)
    } finally {
      await killProgram(server)
      await s3.kill()
      while (spawnSync('umount', [disk]).status === 0);
    }
  })
})

describe('an older schema', () => {
  /** What later versions added, undone: the schema of the first version, with the queue as it is. */
  const UNDO = [
    'alter table koutu.job drop column coarse',
    'alter table koutu.job drop column is_input_transient, drop column is_input_deleted',
    'alter table koutu.job drop column held_up_at',
    'drop table koutu.ticket, koutu.picture',
    'drop sequence koutu.ticket_number',
    'alter table koutu.job drop column lapses, drop column is_alone',
    'delete from koutu.migration where version > 1',
  ]

  it('with jobs in it is migrated, though the server is killed meanwhile again and again', async () => {
    await start({ KOUTU_JOBS: '0' })
    const ids = await submitAll()
    await killProgram(server)
    const { database } = await openPglite({ folder, onError: () => {} })
    for (const statement of UNDO) await database.query(statement)
    await database[Symbol.asyncDispose]()
    for (let kills = 0; kills < 6; kills++) {
      const port = await freePort()
      server = startProgram(SERVER, [String(port), folder, '0'])
      await Promise.race([server.ready, sleep(400 + 200 * kills)])
      await killProgram(server)
    }
    await start()
    await expectAll(ids)
  })
})

describe.runIf(process.platform === 'linux')('damaged files in the model cache', () => {
  const COMMAND = join(import.meta.dirname, '../packages/koutu/bin/koutu.js')

  it('are made anew, and every job gives the image that the others give', async () => {
    const [cache, photo] = [join(folder, 'cache'), await readFile(join(import.meta.dirname, '../examples/photo.jpg'))]
    const flags = ['serve', '--port', '0', '--data', join(folder, 'data'), '--log-level', 'error']
    server = startProgram(COMMAND, flags, { KOUTU_CACHE_DIR: cache }, /Listening on (\S+)/)
    url = (await server.ready)!
    client = jobClient(url, [])
    const ids = await Promise.all(
      PICTURES.map(async () => {
        const headers = { 'content-type': 'image/jpeg', prefer: 'respond-async' }
        const response = await fetch(`${url}/v1/cutouts`, { method: 'POST', body: photo, headers })
        return ((await response.json()) as { id: string }).id
      }),
    )
    await untilSucceeded(4)
    const prepared = (await readdir(cache, { recursive: true })).filter((name) =>
      /prepared-\w+\.(onnx|data)$/.test(name),
    )
    expect(prepared.length).toBeGreaterThan(1)
    for (const name of prepared) await damage(join(cache, name))
    const networks = descendantsOf(server).filter(({ command }) => command.includes('inference-process'))
    for (const { pid } of networks) process.kill(pid, 'SIGKILL')
    expect(networks.length).toBeGreaterThan(0)
    await untilAllEnded(client)
    const etags = await Promise.all(ids.map(async (id) => (await client.result(id)).etag))
    expect(etags).toEqual(ids.map(() => etags[0]))
    expect(etags[0]).toMatch(/^"[0-9a-f]{64}"$/)
  })

  /** Another file in its place, so that what is loaded from the old one stays as it is. */
  async function damage(path: string): Promise<void> {
    const bytes = await readFile(path)
    for (let i = 0; i < bytes.length; i += 997) bytes[i]! ^= 0x55
    await writeFile(`${path}.other`, bytes)
    await rename(`${path}.other`, path)
  }
})
