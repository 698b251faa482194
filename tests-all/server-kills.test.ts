// Processes that are killed with SIGKILL at random moments: every accepted job ends once, with the right image.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from './services/free-port.ts'
import { differentPictures, expectEachOnce, type JobClient, jobClient, untilAllEnded } from './services/job-client.ts'
import { type Postgres, startPostgres } from './services/postgres.ts'
import { killAllPrograms, killProgram, startProgram } from './services/program.ts'

const JOBS = 200
const KILLS = 20
/** Twenty starts of a server take their time on a busy machine. */
const TIMEOUT_MS = 900_000
/** Slow enough that most kills find jobs at work. */
const PICTURE_MS = 150

const SERVICES = join(import.meta.dirname, 'services')
const PICTURES = differentPictures(JOBS)

afterAll(killAllPrograms)

/** Every job has one end, which is the right image; `early` are results that were seen while processes died. */
async function check(
  client: JobClient,
  ids: readonly string[],
  early: ReadonlyMap<string, string | null>,
): Promise<void> {
  // The kills were felt: without one, every job starts once.
  expect(await expectEachOnce(client, ids, PICTURES)).toBeGreaterThan(JOBS)
  for (const [id, etag] of early) expect((await client.result(id)).etag).toBe(etag)
}

describe('killing', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'koutu-kills-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it(`the server ${KILLS} times while it takes and does ${JOBS} jobs loses none and repeats none`, {
    timeout: TIMEOUT_MS,
  }, async () => {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const launch = () => startProgram(join(SERVICES, 'fake-server.ts'), [String(port), folder, String(PICTURE_MS)])
    let server = launch()
    const api = jobClient(url, PICTURES)
    const { submit, job, result } = api
    const ids: string[] = []
    const early = new Map<string, string | null>()
    let isOver = false
    const submitting = (async () => {
      for (let i = 0; i < JOBS; i += 4) ids.push(...(await Promise.all([i, i + 1, i + 2, i + 3].map(submit))))
    })()
    const looking = (async () => {
      for (let i = 0; !isOver; i = (i + 17) % Math.max(1, ids.length)) {
        const id = ids[i]
        if (id && !early.has(id) && (await job(id)).state === 'succeeded') early.set(id, (await result(id)).etag)
        await sleep(20)
      }
    })()
    for (let i = 0; i < KILLS; i++) {
      // Now and then while it starts, else while it takes jobs and does them.
      if (i % 4 !== 3) await server.ready
      await sleep(Math.random() * 1500)
      await killProgram(server)
      server = launch()
    }
    await submitting
    await untilAllEnded(api)
    isOver = true
    await looking
    await check(api, ids, early)
    await killProgram(server)
  })
})

describe('killing workers on PostgreSQL', () => {
  let postgres: Postgres
  let folder = ''
  beforeAll(async () => {
    postgres = await startPostgres({ isDurable: true })
    folder = await mkdtemp(join(tmpdir(), 'koutu-kills-'))
  })
  afterAll(async () => {
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it(`${KILLS} times, three of them at work, loses none of ${JOBS} jobs and repeats none`, {
    timeout: TIMEOUT_MS,
  }, async () => {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const env = { KOUTU_DATABASE_URL: postgres.database('kills'), KOUTU_STORAGE: join(folder, 'blobs') }
    const server = startProgram(join(SERVICES, 'fake-server.ts'), [String(port), folder, '0'], {
      ...env,
      KOUTU_JOBS: '0',
    })
    const launch = () => startProgram(join(SERVICES, 'fake-worker.ts'), [String(PICTURE_MS * 4)], env)
    const workers = [launch(), launch(), launch()]
    await Promise.all([...workers, server].map(({ ready }) => ready))
    const api = jobClient(url, PICTURES)
    const { submit, job, result } = api
    const ids: string[] = []
    for (let i = 0; i < JOBS; i += 8)
      ids.push(...(await Promise.all(Array.from({ length: 8 }, (_, j) => submit(i + j)))))
    const early = new Map<string, string | null>()
    for (let i = 0; i < KILLS; i++) {
      const which = Math.floor(Math.random() * 3)
      if (i % 4 !== 3) await workers[which]!.ready
      await sleep(Math.random() * 1000)
      await killProgram(workers[which]!)
      workers[which] = launch()
      const id = ids[(i * 37) % JOBS]!
      if ((await job(id)).state === 'succeeded') early.set(id, (await result(id)).etag)
    }
    await untilAllEnded(api)
    await check(api, ids, early)
    for (const program of [...workers, server]) await killProgram(program)
  })
})
