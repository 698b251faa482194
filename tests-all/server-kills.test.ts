// Processes that are killed with SIGKILL at random moments: every accepted job ends once, with the right image.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { encodePng, fakeCutout } from '@koutu/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from './services/free-port.ts'
import { type Postgres, startPostgres } from './services/postgres.ts'

const JOBS = 200
const KILLS = 20
/** Twenty starts of a server take their time on a busy machine. */
const TIMEOUT_MS = 900_000
/** Slow enough that most kills find jobs at work. */
const PICTURE_MS = 150

/** Images that differ, as the server's header check wants them. */
const PICTURES = Array.from({ length: JOBS }, (_, i) =>
  encodePng({
    width: 2,
    height: 2,
    channels: 3,
    data: Uint8Array.from({ length: 12 }, (_, j) => (i * 7 + j * i) % 256),
  }),
)

interface Program {
  readonly child: ChildProcess
  /** Resolves when it says so, or has ended. */
  readonly ready: Promise<void>
}

const running = new Set<ChildProcess>()
afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
})

function start(script: string, args: readonly string[], env: Record<string, string> = {}): Program {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'services', script), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  running.add(child)
  const ready = new Promise<void>((resolve) => {
    child.stdout!.on('data', (chunk) => {
      if (String(chunk).includes('ready')) resolve()
    })
    child.on('exit', () => {
      running.delete(child)
      resolve()
    })
  })
  return { child, ready }
}

async function kill({ child }: Program): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

interface JobView {
  readonly id: string
  readonly state: string
}

/** Speaks to a server that may be dead at any moment: tries again until it answers. */
function client(url: string) {
  const ask = async <T>(path: string, init: RequestInit, read: (response: Response) => Promise<T>): Promise<T> => {
    for (;;) {
      const answer = await fetch(`${url}${path}`, { ...init, signal: AbortSignal.timeout(10_000) })
        .then(async (response) => new Response(await response.arrayBuffer(), response))
        // Killed before it answered to the end, or starting.
        .catch(() => null)
      if (answer && answer.status < 500 && answer.status !== 429) return read(answer)
      await sleep(50)
    }
  }
  return {
    /** A repeated request must not make a second job: that is what the key is for. */
    submit: (i: number) =>
      ask(
        '/v1/cutouts',
        {
          method: 'POST',
          body: PICTURES[i]!.slice(),
          headers: { 'content-type': 'image/png', prefer: 'respond-async', 'idempotency-key': `picture-${i}` },
        },
        async (response) => {
          expect(response.status, await response.clone().text()).toBe(202)
          return ((await response.json()) as JobView).id
        },
      ),
    job: (id: string) => ask(`/v1/jobs/${id}`, {}, async (response) => (await response.json()) as JobView),
    states: (id: string) =>
      ask(`/v1/jobs/${id}/events`, {}, async (response) =>
        [...(await response.text()).matchAll(/"state":"(\w+)"/g)].map((match) => match[1]!),
      ),
    result: (id: string) =>
      ask(`/v1/jobs/${id}/result`, {}, async (response) => ({
        etag: response.headers.get('etag'),
        bytes: new Uint8Array(await response.arrayBuffer()),
      })),
    all: async () => {
      const jobs: JobView[] = []
      let cursor: string | null = null
      do {
        const page: { jobs: JobView[]; nextCursor: string | null } = await ask(
          `/v1/jobs?limit=100${cursor ? `&cursor=${cursor}` : ''}`,
          {},
          async (response) => (await response.json()) as { jobs: JobView[]; nextCursor: string | null },
        )
        jobs.push(...page.jobs)
        cursor = page.nextCursor
      } while (cursor)
      return jobs
    },
  }
}

/** Every job has one end, which is the right image; `early` are results that were seen while processes died. */
async function check(url: string, ids: readonly string[], early: ReadonlyMap<string, string | null>): Promise<void> {
  const { all, states, result } = client(url)
  let starts = 0
  const jobs = await all()
  expect(jobs.map(({ id }) => id).toSorted()).toEqual([...ids].toSorted())
  expect(new Set(ids).size).toBe(JOBS)
  for (const [i, id] of ids.entries()) {
    const { bytes, etag } = await result(id)
    expect(Buffer.from(bytes).toString(), id).toBe(Buffer.from(fakeCutout(PICTURES[i]!)).toString())
    if (early.has(id)) expect(etag).toBe(early.get(id))
    const seen = await states(id)
    expect(seen.filter((state) => state !== 'queued' && state !== 'running')).toEqual(['succeeded'])
    expect(seen.at(-1)).toBe('succeeded')
    starts += seen.filter((state) => state === 'running').length
  }
  // The kills were felt: without one, every job starts once.
  expect(starts).toBeGreaterThan(JOBS)
}

async function untilAllEnded(url: string): Promise<void> {
  const { all } = client(url)
  await expect
    .poll(async () => (await all()).filter(({ state }) => state === 'queued' || state === 'running').length, {
      timeout: 180_000,
      interval: 500,
    })
    .toBe(0)
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
    const launch = () => start('fake-server.ts', [String(port), folder, String(PICTURE_MS)])
    let server = launch()
    const { submit, job, result } = client(url)
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
      await kill(server)
      server = launch()
    }
    await submitting
    await untilAllEnded(url)
    isOver = true
    await looking
    await check(url, ids, early)
    await kill(server)
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
    const server = start('fake-server.ts', [String(port), folder, '0'], { ...env, KOUTU_JOBS: '0' })
    const launch = () => start('fake-worker.ts', [String(PICTURE_MS * 4)], env)
    const workers = [launch(), launch(), launch()]
    await Promise.all([...workers, server].map(({ ready }) => ready))
    const { submit, job, result } = client(url)
    const ids: string[] = []
    for (let i = 0; i < JOBS; i += 8)
      ids.push(...(await Promise.all(Array.from({ length: 8 }, (_, j) => submit(i + j)))))
    const early = new Map<string, string | null>()
    for (let i = 0; i < KILLS; i++) {
      const which = Math.floor(Math.random() * 3)
      if (i % 4 !== 3) await workers[which]!.ready
      await sleep(Math.random() * 1000)
      await kill(workers[which]!)
      workers[which] = launch()
      const id = ids[(i * 37) % JOBS]!
      if ((await job(id)).state === 'succeeded') early.set(id, (await result(id)).etag)
    }
    await untilAllEnded(url)
    await check(url, ids, early)
    for (const program of [...workers, server]) await kill(program)
  })
})
