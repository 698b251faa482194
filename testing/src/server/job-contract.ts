// What jobs must do on every database, as one vitest suite: seen by their owners, and by workers.

import { isKoutuError, KoutuError, resolveOptions } from '@koutu/core'
import {
  type DatabaseSettings,
  givenCoarseKey,
  type Job,
  type JobEvent,
  newJobId,
  type Owner,
  type Runner,
  type SubmitRequest,
} from '@koutu/server'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { collect } from './collect.ts'
import { contentBytes } from './content-bytes.ts'
import { COARSE_FACTS, createFakeRunner, type FakePicture, fakeCutout, fakePicture } from './fake-runner.ts'
import { openStoreKit, type StoreKit } from './store-kit.ts'

const ANN: Owner = { id: 'ann' }
const BOB: Owner = { id: 'bob' }
const CEC: Owner = { id: 'cec' }
const HOUR_MS = 3_600_000

const code = (error: unknown) => (isKoutuError(error) ? error.code : error)
const never = () => new AbortController().signal

export interface JobContractDatabase {
  readonly settings: DatabaseSettings
  close(): Promise<void>
}

export function jobContract(name: string, open: () => Promise<JobContractDatabase>): void {
  describe(`jobs: ${name}`, () => {
    let database: JobContractDatabase
    let kit: StoreKit
    beforeAll(async () => {
      database = await open()
      kit = await openStoreKit(database.settings)
    })
    afterAll(async () => {
      await kit[Symbol.asyncDispose]()
      await database.close()
    })
    beforeEach(() => kit.reset())

    const jobs = () => kit.store.jobs
    const work = () => kit.store.work
    const request = async (picture: FakePicture, more: Partial<SubmitRequest> = {}): Promise<SubmitRequest> => ({
      jobs: [await kit.upload(picture)],
      isBatch: false,
      ...more,
    })
    const submit = async (owner: Owner, picture: FakePicture = {}, more: Partial<SubmitRequest> = {}): Promise<Job> =>
      (await jobs().submit(owner, await request(picture, more))).jobs[0]!
    const report = async () =>
      (await createFakeRunner().run({ input: new Uint8Array(), options: resolveOptions({}), isIsolated: false }, {}))
        .report
    const succeedWith = async (attempt: Awaited<ReturnType<StoreKit['store']['work']['take']>>[number]) => {
      const blob = await kit.blobs.put(
        `jobs/${attempt.job.id}/result-${attempt.job.attempts}`,
        fakeCutout(new Uint8Array()),
        {
          contentType: 'image/png',
        },
      )
      return work().succeed(attempt, { blob, width: 1, height: 1, report: await report() })
    }
    const takeIds = async (count: number) => (await work().take(count)).map(({ job }) => job.id)
    const eventsOf = async (owner: Owner, id: string, afterId = 0): Promise<JobEvent[]> =>
      collect(jobs().events(owner, id, { afterId, signal: never() }))

    describe('submitting', () => {
      it('makes a job that waits, with everything that was asked for', async () => {
        const options = resolveOptions({ crop: true, format: 'webp' })
        const upload = await kit.upload({ name: 'a' }, { options, fileName: 'träumer"<.jpg', pixels: 12_345_678_901 })
        const { jobs: made, isNew, batchId } = await jobs().submit(ANN, { jobs: [upload], isBatch: false })
        expect([isNew, batchId]).toEqual([true, null])
        expect(made).toEqual([
          {
            id: upload.id,
            ownerId: 'ann',
            batchId: null,
            state: 'queued',
            fileName: 'träumer"<.jpg',
            input: upload.input,
            background: null,
            coarse: null,
            options,
            pixels: 12_345_678_901,
            priority: 0,
            attempts: 0,
            progress: 0,
            createdAt: new Date(kit.nowMs()),
            startedAt: null,
            endedAt: null,
            expiresAt: null,
            result: null,
            error: null,
          },
        ])
        expect(await jobs().get(ANN, upload.id)).toEqual(made[0])
      })

      it('keeps a background as a blob, whatever its source was', async () => {
        const upload = await kit.upload({})
        const background = await kit.blobs.put(`jobs/${upload.id}/background`, new Uint8Array(3), {
          contentType: 'image/png',
        })
        const options = resolveOptions({ background: { type: 'picture', source: new Uint8Array(3) } })
        const { jobs: made } = await jobs().submit(ANN, { jobs: [{ ...upload, background, options }], isBatch: false })
        expect(made[0]).toMatchObject({
          background,
          options: { background: { type: 'picture', source: 'background' } },
        })
      })

      it('takes as many as may wait, and not one more', async () => {
        for (let i = 0; i < 50; i++) await submit(i % 2 ? ANN : BOB)
        const error = await submit(CEC).catch((thrown: unknown) => thrown)
        expect(error).toMatchObject({ code: 'QUEUE_FULL', data: { limit: 50, actual: 50 } })
        expect(kit.blobs.keys).toHaveLength(50)
        await takeIds(1)
        expect((await submit(CEC)).state).toBe('queued')
        expect(await jobs().stats()).toEqual({ queued: 50, running: 1, maxQueued: 50 })
      })

      it('holds an owner to as many unfinished jobs as allowed', async () => {
        await submit(ANN, {}, { maxUnfinished: 2 })
        await submit(ANN, {}, { maxUnfinished: 2 })
        const [first] = await work().take(1)
        expect(await submit(ANN, {}, { maxUnfinished: 2 }).catch(code)).toBe('TOO_MANY_JOBS')
        await submit(BOB, {}, { maxUnfinished: 1 })
        await succeedWith(first!)
        await submit(ANN, {}, { maxUnfinished: 2 })
        // The input and the result of the one that ended, and three inputs.
        expect(kit.blobs.keys).toHaveLength(5)
      })

      it('answers a repeated key with the jobs of the first time', async () => {
        const first = await jobs().submit(ANN, await request({ name: 'x' }, { idempotencyKey: 'k' }))
        const again = await jobs().submit(ANN, await request({ name: 'x' }, { idempotencyKey: 'k' }))
        expect(again).toEqual({ ...first, isNew: false })
        expect(kit.blobs.keys).toHaveLength(1)
        expect(
          await jobs()
            .submit(ANN, await request({ name: 'y' }, { idempotencyKey: 'k' }))
            .catch(code),
        ).toBe('IDEMPOTENCY_CONFLICT')
        expect(kit.blobs.keys).toHaveLength(1)
        const ofBob = await jobs().submit(BOB, await request({ name: 'y' }, { idempotencyKey: 'k' }))
        expect(ofBob.isNew).toBe(true)
      })

      it('makes one job of the same request sent many times at once', async () => {
        const requests = await Promise.all(
          Array.from({ length: 8 }, () => request({ name: 'x' }, { idempotencyKey: 'same' })),
        )
        const answers = await Promise.all(requests.map((one) => jobs().submit(ANN, one)))
        expect(answers.filter(({ isNew }) => isNew)).toHaveLength(1)
        expect(new Set(answers.map((answer) => answer.jobs[0]!.id)).size).toBe(1)
        expect((await jobs().list(ANN, { limit: 10 })).jobs).toHaveLength(1)
      })

      it('takes a batch as a whole or not at all', async () => {
        const uploads = async (count: number) =>
          Promise.all(Array.from({ length: count }, (_, i) => kit.upload({ name: i })))
        const [head, ...tail] = await uploads(3)
        const { batchId, jobs: made } = await jobs().submit(ANN, { jobs: [head!, ...tail], isBatch: true })
        expect(made.map(({ id }) => id)).toEqual([head, ...tail].map((one) => one!.id))
        expect(made.every((job) => job.batchId === batchId)).toBe(true)
        expect(await jobs().batch(ANN, batchId!)).toEqual({ id: batchId, jobs: made })
        expect(await jobs().batch(BOB, batchId!)).toBeNull()
        expect(await jobs().batch(ANN, 'nothing')).toBeNull()
        const [first, ...others] = await uploads(48)
        expect(
          await jobs()
            .submit(ANN, { jobs: [first!, ...others], isBatch: true })
            .catch(code),
        ).toBe('QUEUE_FULL')
        expect(await jobs().stats()).toMatchObject({ queued: 3 })
        expect(kit.blobs.keys).toHaveLength(3)
      })
    })

    describe('turns', () => {
      const order = async () => {
        const owners: string[] = []
        for (;;) {
          const [attempt] = await work().take(1)
          if (!attempt) return owners.join(' ')
          owners.push(attempt.job.ownerId)
          await succeedWith(attempt)
        }
      }

      it('go round between owners, however many jobs each has', async () => {
        for (let i = 0; i < 6; i++) await submit(ANN)
        for (let i = 0; i < 3; i++) await submit(BOB)
        await submit(CEC)
        expect(await order()).toBe('ann bob cec ann bob ann bob ann ann ann')
      })

      it('give who comes late the next turn, and nothing for the time before', async () => {
        for (let i = 0; i < 5; i++) await submit(ANN)
        for (const attempt of await work().take(3)) await succeedWith(attempt)
        for (let i = 0; i < 4; i++) await submit(BOB)
        expect(await order()).toBe('ann bob ann bob bob bob')
      })

      it('are taken by priority first', async () => {
        await submit(ANN, {}, { priority: -1 })
        await submit(ANN)
        await submit(ANN)
        await submit(BOB, {}, { priority: 1 })
        await submit(BOB, {}, { priority: -10 })
        await submit(CEC, {}, { priority: 10 })
        expect(await order()).toBe('cec bob ann ann ann bob')
      })
    })

    describe('looking', () => {
      it('shows an owner nothing of others', async () => {
        const { id } = await submit(ANN)
        expect(await jobs().get(BOB, id)).toBeNull()
        expect(await jobs().cancel(BOB, id)).toBeNull()
        expect(await eventsOf(BOB, id)).toEqual([])
        expect(await jobs().wait(BOB, id, { signal: never() }).catch(code)).toBe('JOB_NOT_FOUND')
        expect((await jobs().list(BOB, { limit: 10 })).jobs).toEqual([])
        expect((await jobs().get(ANN, id))?.state).toBe('queued')
        for (const bad of ['', 'x', "'; drop table koutu.job", '00000000-0000-4000-8000-000000000000'])
          expect(await jobs().get(ANN, bad)).toBeNull()
      })

      it('lists the newest first, page by page, each job once, though others come meanwhile', async () => {
        const ids: string[] = []
        for (let i = 0; i < 7; i++) ids.push((await submit(ANN)).id)
        await submit(BOB)
        const seen: string[] = []
        let cursor: string | undefined
        do {
          const page = await jobs().list(ANN, { limit: 3, ...(cursor ? { cursor } : {}) })
          seen.push(...page.jobs.map(({ id }) => id))
          cursor = page.nextCursor ?? undefined
          await submit(ANN)
        } while (cursor)
        expect(seen).toEqual(ids.toReversed())
        expect(await jobs().list(ANN, { limit: 3, cursor: 'x' }).catch(code)).toBe('INVALID_OPTIONS')
        await takeIds(1)
        expect((await jobs().list(ANN, { limit: 10, state: 'running' })).jobs).toHaveLength(1)
      })
    })

    describe('attempts', () => {
      it('end a job once, with one result, which everybody who waits gets', async () => {
        const { id } = await submit(ANN)
        const waiting = [jobs().wait(ANN, id, { signal: never() }), jobs().wait(ANN, id, { signal: never() })]
        const events = eventsOf(ANN, id)
        const [attempt] = await work().take(5)
        expect(attempt).toMatchObject({ job: { id, state: 'running', attempts: 1 }, failures: 0 })
        expect(await work().progress(attempt!, 0.5)).toBe(true)
        expect(await succeedWith(attempt!)).toBe(true)
        const ended = await Promise.all(waiting)
        expect(ended[0]).toMatchObject({
          id,
          state: 'succeeded',
          progress: 1,
          result: { blob: { key: `jobs/${id}/result-1` }, report: { engine: 'fake' } },
        })
        expect(ended[1]).toEqual(ended[0])
        expect(ended[0]!.expiresAt!.getTime() - ended[0]!.endedAt!.getTime()).toBe(HOUR_MS)
        const seen = await events
        expect(
          seen.filter(({ type }) => type === 'state').map((event) => event.type === 'state' && event.state),
        ).toEqual(['queued', 'running', 'succeeded'])
        expect(seen.map((event) => event.id)).toEqual(seen.map((event) => event.id).toSorted((a, b) => a - b))
        // A second end of the same attempt has no effect.
        expect(await succeedWith(attempt!)).toBe(false)
        expect(await work().fail(attempt!, new KoutuError('INTERNAL'))).toBe(false)
        expect(await work().retry(attempt!, { isSuspect: false })).toBe(false)
        expect(await jobs().get(ANN, id)).toEqual(ended[0])
        expect(await takeIds(5)).toEqual([])
      })

      it('can be followed from any event on', async () => {
        const { id } = await submit(ANN)
        const [attempt] = await work().take(1)
        await work().progress(attempt!, 0.25)
        const controller = new AbortController()
        const live: JobEvent[] = []
        for await (const event of jobs().events(ANN, id, { afterId: 0, signal: controller.signal })) {
          live.push(event)
          if (event.type === 'progress') controller.abort()
        }
        expect(live.map((event) => event.id)).toEqual([1, 2, 3])
        expect(live[2]).toMatchObject({ type: 'progress', progress: 0.25 })
        await work().fail(attempt!, new KoutuError('IMAGE_CORRUPT', { detail: 'cut off' }))
        const rest = await eventsOf(ANN, id, 2)
        expect(rest).toEqual([
          {
            id: 4,
            at: new Date(kit.nowMs()),
            type: 'state',
            state: 'failed',
            error: { code: 'IMAGE_CORRUPT', message: 'Image is corrupt or truncated: cut off', data: {} },
          },
        ])
        expect(await eventsOf(ANN, id, 4)).toEqual([])
      })

      it('are fenced: one that was given up changes nothing more', async () => {
        const { id } = await submit(ANN)
        const [first] = await work().take(1)
        expect(await work().giveBack(first!)).toBe(true)
        expect((await jobs().get(ANN, id))?.state).toBe('queued')
        const [second] = await work().take(1)
        expect(second).toMatchObject({ job: { id, attempts: 2 }, failures: 0 })
        expect(await succeedWith(first!)).toBe(false)
        expect(await work().progress(first!, 0.9)).toBe(false)
        expect(await work().giveBack(first!)).toBe(false)
        expect((await jobs().get(ANN, id))?.state).toBe('running')
        expect(await succeedWith(second!)).toBe(true)
        expect((await jobs().get(ANN, id))?.result?.blob.key).toBe(`jobs/${id}/result-2`)
      })

      it('that fail for a while are tried again after a pause', async () => {
        const { id } = await submit(ANN)
        const [first] = await work().take(1)
        expect(await work().retry(first!, { isSuspect: true })).toBe(true)
        expect(await jobs().get(ANN, id)).toMatchObject({ state: 'queued', startedAt: null })
        expect(await takeIds(1)).toEqual([])
        await expect
          .poll(() => work().take(1), { timeout: 20_000, interval: 100 })
          .toMatchObject([{ job: { id }, failures: 1, isSuspect: true }])
      })

      it('of a process that died are queued again when it comes back alone', async () => {
        const ids = [(await submit(ANN)).id, (await submit(BOB)).id, (await submit(ANN)).id]
        const [lost] = await work().take(2)
        expect(await work().recover()).toBe(2)
        expect(await succeedWith(lost!)).toBe(false)
        const again = await work().take(5)
        expect(again.map(({ job }) => job.id).toSorted()).toEqual(ids.toSorted())
        for (const attempt of again) expect(await succeedWith(attempt)).toBe(true)
      })
    })

    describe('workers that die', () => {
      /** As when the only process there is was killed; what was at work is taken again. */
      const die = async () => {
        await work().recover()
        return work().take(10)
      }
      /** As when one of several was killed: its claims lapse, and another takes the jobs. */
      const lapse = async () => {
        await kit.store.database.query('delete from pgboss.job')
        await work().restoreLost()
        return work().take(10)
      }

      it.each([
        ['of its own', die],
        ['among others', lapse],
      ] as const)('%s count nothing against a job, but the fourth time it must be alone', async (_, again) => {
        const { id } = await submit(ANN)
        let [attempt] = await work().take(1)
        for (let deaths = 0; deaths < 20; deaths++) {
          expect(attempt).toMatchObject({ job: { id, attempts: deaths + 1 }, failures: 0, isSuspect: false })
          expect(attempt!.mustBeAlone).toBe(deaths >= 3)
          ;[attempt] = await again()
        }
        expect(await succeedWith(attempt!)).toBe(true)
      })

      it.each([
        ['of their own', die],
        ['among others', lapse],
      ] as const)('%s under a job that was alone have been ended by it', async (_, again) => {
        const alone = await submit(ANN)
        const [first] = await work().take(1)
        expect(await work().beginAlone(first!)).toBe(true)
        const beside = await submit(BOB)
        await work().take(1)
        const attempts = await again()
        const of = (id: string) => attempts.find(({ job }) => job.id === id)
        expect(of(alone.id)).toMatchObject({ failures: 1, isSuspect: true })
        expect(of(beside.id)).toMatchObject({ failures: 0, isSuspect: false })
        expect(await work().beginAlone(first!)).toBe(false)
        // Given back in good order, it is no longer alone.
        await work().beginAlone(of(alone.id)!)
        await work().giveBack(of(alone.id)!)
        const [taken] = await work().take(1)
        expect(taken).toMatchObject({ job: { id: alone.id }, failures: 1 })
        expect((await again()).find(({ job }) => job.id === alone.id)).toMatchObject({ failures: 1 })
      })

      it('again and again under the same job fail it, and keep it for inspection', async () => {
        const { id } = await submit(ANN)
        let [attempt] = await work().take(1)
        for (let deaths = 0; deaths < 6; deaths++) {
          if (attempt!.mustBeAlone) await work().beginAlone(attempt!)
          ;[attempt] = await die()
        }
        await work().recover()
        const runner = createFakeRunner()
        const worker = kit.worker(runner)
        worker.start()
        const ended = await jobs().wait(ANN, id, { signal: never() })
        expect(ended).toMatchObject({
          state: 'failed',
          error: { code: 'JOB_CRASHED_REPEATEDLY', data: { count: 3, code: 'RUNNER_CRASHED' } },
        })
        expect(ended.expiresAt!.getTime() - ended.endedAt!.getTime()).toBe(7 * 24 * HOUR_MS)
        expect(runner.calls).toEqual([])
        await worker.stop({ timeoutMs: 1000 })
      })

      it('leave a job that next runs with nothing beside it, and ends well', async () => {
        const { id } = await submit(ANN, { name: 'suspected' })
        await work().take(1)
        for (let deaths = 0; deaths < 3; deaths++) await (deaths < 2 ? die() : work().recover())
        const others: string[] = []
        for (let i = 0; i < 5; i++) others.push((await submit(BOB, { name: i })).id)
        const inner = createFakeRunner({ sleepMs: 20 })
        // How many were at work together, told by each of them.
        const crowds = new Map<string, number>()
        const active = new Set<string>()
        const runner: Runner = {
          ...inner,
          async run(request, ctx) {
            const name = Buffer.from(await contentBytes(request.input)).toString()
            active.add(name)
            for (const other of active) crowds.set(other, Math.max(crowds.get(other) ?? 0, active.size))
            try {
              return await inner.run(request, ctx)
            } finally {
              active.delete(name)
            }
          },
        }
        const worker = kit.worker(runner, { concurrency: 3 })
        worker.start()
        kit.advance(60_000)
        for (const other of others) expect((await jobs().wait(BOB, other, { signal: never() })).state).toBe('succeeded')
        expect(await jobs().wait(ANN, id, { signal: never() })).toMatchObject({ state: 'succeeded' })
        const suspected = Buffer.from(fakePicture({ name: 'suspected' })).toString()
        expect(crowds.get(suspected)).toBe(1)
        expect(Math.max(...crowds.values())).toBeGreaterThan(1)
        for (const { input, isIsolated } of inner.calls)
          expect(isIsolated).toBe(Buffer.from(await contentBytes(input)).toString() === suspected)
        await worker.stop({ timeoutMs: 1000 })
      })

      it('leave a job that waits until a worker has lived in peace, and holds up nothing meanwhile', async () => {
        const { id } = await submit(ANN, { name: 'suspected' })
        await work().take(1)
        for (let deaths = 0; deaths < 3; deaths++) await (deaths < 2 ? die() : work().recover())
        const other = await submit(BOB)
        const runner = createFakeRunner()
        const worker = kit.worker(runner, { concurrency: 1 })
        worker.start()
        kit.advance(20_000)
        expect(await jobs().wait(BOB, other.id, { signal: never() })).toMatchObject({ state: 'succeeded' })
        const due = () =>
          kit.store.database.query<{ seconds: number }>(
            `select extract(epoch from start_after - now())::float8 as seconds from pgboss.job where name = 'cutout'`,
          )
        await expect.poll(async () => (await jobs().get(ANN, id))?.state).toBe('queued')
        const [{ seconds }] = (await due()) as [{ seconds: number }]
        expect(seconds).toBeGreaterThan(30)
        expect(seconds).toBeLessThanOrEqual(40)
        expect(runner.calls).toHaveLength(1)
        kit.advance(40_000)
        await kit.store.database.query(`update pgboss.job set start_after = now() where name = 'cutout'`)
        expect(await jobs().wait(ANN, id, { signal: never() })).toMatchObject({ state: 'succeeded' })
        await worker.stop({ timeoutMs: 1000 })
      })

      it.each(['canceled', 'given back'] as const)(
        'leave a job that is %s as others are while it waits to be alone',
        async (end) => {
          const { id } = await submit(ANN, {})
          await work().take(1)
          for (let deaths = 0; deaths < 3; deaths++) await (deaths < 2 ? die() : work().recover())
          const beside = await submit(BOB, { sleepMs: 600_000 })
          const runner = createFakeRunner()
          const worker = kit.worker(runner, { concurrency: 2 })
          worker.start()
          kit.advance(60_000)
          await expect.poll(() => runner.calls.length).toBe(1)
          expect(worker.running).toBe(2)
          if (end === 'canceled') {
            await jobs().cancel(ANN, id)
            await expect.poll(() => worker.running).toBe(1)
            const next = await submit(ANN, {})
            expect(await jobs().wait(ANN, next.id, { signal: never() })).toMatchObject({ state: 'succeeded' })
          }
          await worker.stop({ timeoutMs: 10 })
          expect((await jobs().get(ANN, id))?.state).toBe(end === 'canceled' ? 'canceled' : 'queued')
          expect((await jobs().get(BOB, beside.id))?.state).toBe('queued')
          expect(runner.calls).toHaveLength(end === 'canceled' ? 2 : 1)
        },
      )
    })

    describe('in the queue', () => {
      it('jobs that were given back are kept as long as new ones', async () => {
        const ids = [(await submit(ANN)).id, (await submit(ANN)).id]
        const [first] = await work().take(2)
        await work().giveBack(first!)
        await work().recover()
        const rows = await kit.store.database.query<{ id: string; days: number; is_due: boolean }>(
          `select id::text, extract(epoch from keep_until - now())::float8 / 86400 as days, start_after <= now() as is_due
           from pgboss.job where name = 'cutout' order by id`,
        )
        expect(rows.map(({ id }) => id)).toEqual(ids.toSorted())
        for (const { days, is_due } of rows) {
          expect(days).toBeGreaterThan(13)
          expect(is_due).toBe(true)
        }
      })

      it('what was due before the clock was set back is due at once, and claims last no longer than others', async () => {
        const { id } = await submit(ANN)
        await submit(BOB)
        await work().take(1)
        await kit.store.database.query(
          `update pgboss.job set start_after = start_after + interval '5 hours', heartbeat_on = heartbeat_on + interval '5 hours'`,
        )
        expect(await takeIds(5)).toEqual([])
        await work().realign()
        expect(await takeIds(5)).toHaveLength(1)
        const rows = await kit.store.database.query(`select id from pgboss.job where heartbeat_on > now()`)
        expect(rows).toEqual([])
        expect((await jobs().get(ANN, id))?.state).toBe('running')
      })

      it('what got lost is put back, and nothing else', async () => {
        const [queued, running, other] = [await submit(ANN), await submit(ANN), await submit(BOB)]
        const canceled = await submit(ANN)
        await jobs().cancel(ANN, canceled.id)
        await work().take(1)
        await kit.store.database.query('delete from pgboss.job where id <> $1', [other.id])
        expect(await work().restoreLost()).toBe(2)
        expect(await work().restoreLost()).toBe(0)
        expect((await takeIds(5)).toSorted()).toEqual([queued.id, running.id, other.id].toSorted())
      })
    })

    describe('canceling', () => {
      it('ends a job that waits: no worker gets it', async () => {
        const { id } = await submit(ANN)
        const waiting = jobs().wait(ANN, id, { signal: never() })
        expect(await jobs().cancel(ANN, id)).toMatchObject({ state: 'canceled', endedAt: new Date(kit.nowMs()) })
        expect((await waiting).state).toBe('canceled')
        expect(await takeIds(5)).toEqual([])
        expect((await eventsOf(ANN, id)).at(-1)).toMatchObject({ type: 'state', state: 'canceled' })
      })

      it('ends a job that runs: its attempt has no effect any more', async () => {
        const { id } = await submit(ANN)
        const [attempt] = await work().take(1)
        expect((await jobs().cancel(ANN, id))?.state).toBe('canceled')
        expect(await work().progress(attempt!, 0.5)).toBe(false)
        expect(await succeedWith(attempt!)).toBe(false)
        expect((await jobs().get(ANN, id))?.state).toBe('canceled')
      })

      it('leaves what has ended as it is', async () => {
        const { id } = await submit(ANN)
        const [attempt] = await work().take(1)
        await succeedWith(attempt!)
        expect((await jobs().cancel(ANN, id))?.state).toBe('succeeded')
      })
    })

    it('waiting ends when the caller has had enough, and the job goes on', async () => {
      const { id } = await submit(ANN)
      const controller = new AbortController()
      const waiting = jobs().wait(ANN, id, { signal: controller.signal }).catch(code)
      controller.abort()
      expect(await waiting).toBe('ABORTED')
      expect((await jobs().get(ANN, id))?.state).toBe('queued')
    })

    it('any history of takes, ends, crashes and cancels loses no job and ends each once', async () => {
      const step = fc.oneof(
        { weight: 3, arbitrary: fc.constant('submit' as const) },
        { weight: 3, arbitrary: fc.constant('take' as const) },
        { weight: 2, arbitrary: fc.constant('succeed' as const) },
        fc.constant('succeedStale' as const),
        fc.constant('fail' as const),
        fc.constant('giveBack' as const),
        fc.constant('cancel' as const),
        fc.constant('crash' as const),
      )
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), fc.nat(), async (steps, seed) => {
          await kit.reset()
          const ids: string[] = []
          let held: Awaited<ReturnType<StoreKit['store']['work']['take']>> = []
          const stale: typeof held = []
          const ends = new Map<string, number>()
          const ended = (id: string, isOurs: boolean) => {
            if (isOurs) ends.set(id, (ends.get(id) ?? 0) + 1)
          }
          for (const [i, one] of steps.entries()) {
            const pick = <T>(list: readonly T[]) => list[(seed + i * 7) % Math.max(1, list.length)]
            const attempt = pick(held)
            if (one === 'submit') ids.push((await submit(pick([ANN, BOB, CEC])!)).id)
            else if (one === 'take') held.push(...(await work().take(1 + (i % 3))))
            else if (one === 'crash') {
              stale.push(...held)
              held = []
              await work().recover()
            } else if (one === 'cancel') {
              const id = pick(ids)
              if (id) await Promise.all([ANN, BOB, CEC].map((owner) => jobs().cancel(owner, id)))
            } else if (one === 'succeedStale') {
              const old = pick(stale)
              // It may still be its job's attempt where the crash gave nothing back; it never is after a recovery.
              if (old) expect(await succeedWith(old)).toBe(false)
            } else if (attempt) {
              held = held.filter((other) => other !== attempt)
              if (one === 'succeed') ended(attempt.job.id, await succeedWith(attempt))
              if (one === 'fail') ended(attempt.job.id, await work().fail(attempt, new KoutuError('IMAGE_CORRUPT')))
              if (one === 'giveBack') await work().giveBack(attempt)
            }
          }
          await work().recover()
          for (;;) {
            const rest = await work().take(10)
            if (rest.length === 0) break
            for (const attempt of rest) ended(attempt.job.id, await succeedWith(attempt))
          }
          for (const id of ids) {
            const row = (await Promise.all([ANN, BOB, CEC].map((owner) => jobs().get(owner, id)))).find(Boolean)!
            expect(['succeeded', 'failed', 'canceled']).toContain(row.state)
            expect(ends.get(id) ?? 0).toBe(row.state === 'canceled' ? 0 : 1)
            expect(row.result !== null).toBe(row.state === 'succeeded')
            if (row.result) expect(kit.blobs.keys).toContain(row.result.blob.key)
          }
          expect(await kit.store.database.query('select 1 from pgboss.job')).toEqual([])
        }),
        { numRuns: 12 },
      )
    })

    describe('a worker', () => {
      it('runs what is queued, and what comes later, at once', async () => {
        const runner = createFakeRunner()
        const worker = kit.worker(runner)
        const before = [await submit(ANN, { name: 1 }), await submit(BOB, { name: 2 })]
        worker.start()
        const after = [await submit(ANN, { name: 3 }), await submit(ANN, { name: 4 })]
        for (const [i, job] of [...before, ...after].entries()) {
          const ended = await jobs().wait({ id: job.ownerId }, job.id, { signal: never() })
          expect(ended.state).toBe('succeeded')
          const stream = await kit.blobs.read(ended.result!.blob.key)
          const bytes = new Uint8Array(await new Response(stream!).arrayBuffer())
          expect(bytes).toEqual(fakeCutout(fakePicture({ name: i + 1 })))
        }
        await worker.stop({ timeoutMs: 1000 })
        expect(runner.calls).toHaveLength(4)
      })

      it('fails an image for good when trying again is no use', async () => {
        const runner = createFakeRunner()
        const worker = kit.worker(runner)
        worker.start()
        const { id } = await submit(ANN, { error: 'IMAGE_CORRUPT' })
        const ended = await jobs().wait(ANN, id, { signal: never() })
        expect(ended).toMatchObject({ state: 'failed', attempts: 1, error: { code: 'IMAGE_CORRUPT' }, result: null })
        await worker.stop({ timeoutMs: 1000 })
      })

      it('stops what is canceled', async () => {
        const worker = kit.worker(createFakeRunner())
        worker.start()
        const { id } = await submit(ANN, { sleepMs: 600_000 })
        await expect.poll(async () => (await jobs().get(ANN, id))?.state).toBe('running')
        await jobs().cancel(ANN, id)
        await expect.poll(() => worker.running).toBe(0)
        await worker.stop({ timeoutMs: 1000 })
        expect((await jobs().get(ANN, id))?.state).toBe('canceled')
      })

      it('gives back what it cannot finish before it stops, and finishes the rest', async () => {
        const worker = kit.worker(createFakeRunner())
        worker.start()
        const long = await submit(ANN, { sleepMs: 600_000 })
        await expect.poll(() => worker.running).toBe(1)
        const short = await submit(ANN, { sleepMs: 50 })
        await expect.poll(async () => (await jobs().get(ANN, short.id))?.state).not.toBe('queued')
        await worker.stop({ timeoutMs: 1500 })
        expect((await jobs().get(ANN, short.id))?.state).toBe('succeeded')
        expect(await jobs().get(ANN, long.id)).toMatchObject({ state: 'queued', attempts: 1 })
        expect(await takeIds(5)).toEqual([long.id])
      })

      it('ends what takes too long', async () => {
        const worker = kit.worker(createFakeRunner(), { timeoutMs: 50 })
        worker.start()
        const { id } = await submit(ANN, { sleepMs: 600_000 })
        expect(await jobs().wait(ANN, id, { signal: never() })).toMatchObject({
          state: 'failed',
          error: { code: 'JOB_TIMEOUT', data: { limit: 50 } },
        })
        await worker.stop({ timeoutMs: 1000 })
      })
    })

    describe('retrying', () => {
      const retry = (id: string, owner = ANN) => jobs().retry(owner, id)
      const finish = async () => succeedWith((await work().take(1))[0]!)

      it('runs a failed or canceled job again, and leaves what waits, runs or is good as it is', async () => {
        const { id } = await submit(ANN)
        expect(await retry(id)).toMatchObject({ state: 'queued' })
        const [attempt] = await work().take(1)
        expect(await retry(id)).toMatchObject({ state: 'running', attempts: 1 })
        await work().fail(attempt!, new KoutuError('ENGINE_FAILED'))
        expect(await retry(id, BOB)).toBeNull()
        expect(await retry(id)).toMatchObject({ state: 'queued', error: null, endedAt: null, expiresAt: null })
        await jobs().cancel(ANN, id)
        const twice = await Promise.all([retry(id), retry(id)])
        expect(twice.map((job) => job?.state)).toEqual(['queued', 'queued'])
        expect(await finish()).toBe(true)
        expect(await takeIds(5)).toEqual([])
        expect(await retry(id)).toMatchObject({ state: 'succeeded', attempts: 2 })
        const states = (await eventsOf(ANN, id)).flatMap((event) => (event.type === 'state' ? [event.state] : []))
        expect(states.join(' ')).toBe('queued running failed queued canceled queued running succeeded')
      })

      it('makes a damaged or missing result anew', async () => {
        const { id } = await submit(ANN)
        await finish()
        const key = () => kit.blobs.keys.findLast((name) => name.includes(`${id}/result`))!
        for (const [i, damage] of [
          () => kit.blobs.put(key(), new Uint8Array(3), { contentType: 'image/png' }),
          () => kit.blobs.delete([key()]),
        ].entries()) {
          await damage()
          expect(await retry(id)).toMatchObject({ state: 'queued', result: null })
          await finish()
          expect(await jobs().get(ANN, id)).toMatchObject({
            state: 'succeeded',
            result: { blob: { key: `jobs/${id}/result-${i + 2}` } },
          })
        }
        kit.advance(HOUR_MS)
        await kit.store.sweeper.sweep()
        expect(kit.blobs.keys).toEqual([])
      })

      it('is refused without an undamaged input, when the job is due to be deleted, and over the limits', async () => {
        const failed = async () => {
          const job = await submit(ANN)
          await work().fail((await work().take(1))[0]!, new KoutuError('ENGINE_FAILED'))
          return job
        }
        const [gone, damaged, limited] = [await failed(), await failed(), await failed()]
        await kit.blobs.delete([gone.input.key])
        await kit.blobs.put(damaged.input.key, new Uint8Array(9), { contentType: 'image/png' })
        expect(await retry(gone.id).catch(code)).toBe('INPUT_NOT_FOUND')
        expect(await retry(damaged.id).catch(code)).toBe('BLOB_DAMAGED')
        await submit(ANN)
        expect(await jobs().retry(ANN, limited.id, { maxUnfinished: 1 }).catch(code)).toBe('TOO_MANY_JOBS')
        kit.advance(HOUR_MS)
        expect(await retry(limited.id).catch(code)).toBe('JOB_EXPIRED')
        await kit.store.sweeper.sweep()
        expect(await retry(limited.id).catch(code)).toBe('JOB_EXPIRED')
      })
    })

    it('keeps what the network found with its job, and runs another job on it without the network', async () => {
      const runner = createFakeRunner()
      const worker = kit.worker(runner)
      worker.start()
      const [first] = (await jobs().submit(ANN, { jobs: [await kit.upload({ found: 'alpha' })], isBatch: false })).jobs
      const { result } = await jobs().wait(ANN, first!.id, { signal: never() })
      expect(result!.coarse!.facts).toEqual(COARSE_FACTS)
      const [upload, other] = [await kit.upload({ found: 'alpha' }), await kit.upload({ found: 'alpha' })]
      const blob = await kit.blobs.put(givenCoarseKey(upload.id), Buffer.from('alpha'), { contentType: 'image/png' })
      expect(blob).toEqual({ ...result!.coarse!.blob, key: blob.key })
      const coarse = { blob, facts: COARSE_FACTS, jobId: first!.id }
      const asked = { isBatch: false, idempotencyKey: 'again' } as const
      const { jobs: made } = await jobs().submit(ANN, { ...asked, jobs: [{ ...upload, coarse }] })
      expect(made[0]!.coarse).toEqual(coarse)
      const done = await jobs().wait(ANN, made[0]!.id, { signal: never() })
      expect(done.result!.coarse).toEqual(coarse)
      expect(runner.calls.map((call) => call.coarse && Buffer.from(call.coarse.file).toString())).toEqual([
        undefined,
        'alpha',
      ])
      // The same image without it is another request.
      expect(
        await jobs()
          .submit(ANN, { ...asked, jobs: [other] })
          .catch(code),
      ).toBe('IDEMPOTENCY_CONFLICT')
      await worker.stop({ timeoutMs: 1000 })
      for (const { id } of [first!, done]) await jobs().delete(ANN, id)
      expect(kit.blobs.keys).toEqual([])
    })

    describe('sweeping', () => {
      it('deletes images when their time is over, then the record', async () => {
        const canceled = await submit(ANN)
        const done = await submit(ANN)
        const failed = await submit(ANN)
        const later = await submit(BOB)
        await jobs().cancel(ANN, canceled.id)
        for (const attempt of await work().take(3)) {
          if (attempt.job.id === done.id) await succeedWith(attempt)
          else if (attempt.job.id === failed.id) await work().fail(attempt, new KoutuError('IMAGE_CORRUPT'))
          else await work().giveBack(attempt)
        }
        expect(await kit.store.sweeper.sweep()).toEqual({
          expired: 0,
          inputs: 0,
          forgotten: 0,
          pictures: 0,
          orphans: 0,
          restored: 0,
        })
        kit.advance(HOUR_MS - 1)
        expect(await kit.store.sweeper.sweep()).toMatchObject({ expired: 0 })
        kit.advance(1)
        expect(await kit.store.sweeper.sweep()).toMatchObject({ expired: 3, forgotten: 0 })
        expect(kit.blobs.keys).toEqual([later.input.key])
        expect((await jobs().get(ANN, done.id))?.state).toBe('expired')
        expect((await jobs().get(ANN, failed.id))?.state).toBe('failed')
        expect((await eventsOf(ANN, done.id)).at(-1)).toMatchObject({ state: 'expired' })
        kit.advance(23 * HOUR_MS)
        expect(await kit.store.sweeper.sweep()).toMatchObject({ expired: 0, forgotten: 3 })
        expect(await jobs().get(ANN, done.id)).toBeNull()
        expect((await jobs().get(BOB, later.id))?.state).toBe('queued')
      })

      it('deletes the images of an ended job when its owner says so, and the record in time', async () => {
        const done = await submit(ANN)
        const waiting = await submit(ANN)
        await succeedWith((await work().take(1))[0]!)
        expect(await jobs().delete(BOB, done.id)).toBeNull()
        expect((await jobs().get(ANN, done.id))?.state).toBe('succeeded')
        for (let i = 0; i < 2; i++) {
          expect((await jobs().delete(ANN, done.id))?.state).toBe('deleted')
          expect(kit.blobs.keys).toEqual([waiting.input.key])
        }
        const states = (await eventsOf(ANN, done.id)).filter(({ type }) => type === 'state')
        expect(states.slice(-2)).toMatchObject([{ state: 'succeeded' }, { state: 'deleted' }])
        expect((await jobs().delete(ANN, waiting.id))?.state).toBe('canceled')
        expect((await jobs().delete(ANN, waiting.id))?.state).toBe('deleted')
        expect(kit.blobs.keys).toEqual([])
        expect(await kit.store.sweeper.sweep()).toMatchObject({ expired: 0, forgotten: 0 })
        kit.advance(24 * HOUR_MS)
        expect(await kit.store.sweeper.sweep()).toMatchObject({ expired: 0, forgotten: 2 })
      })

      it('deletes uploads that no job came of, after hours, and those of jobs never', async () => {
        const orphan = await kit.upload({})
        const { input } = await submit(ANN)
        kit.advance(2 * HOUR_MS)
        const fresh = await kit.upload({})
        kit.advance(5 * HOUR_MS)
        expect(await kit.store.sweeper.sweep()).toMatchObject({ orphans: 1 })
        expect(kit.blobs.keys).toEqual([input.key, fresh.input.key].toSorted())
        expect(kit.blobs.keys).not.toContain(orphan.input.key)
        kit.advance(HOUR_MS - 1)
        expect(await kit.store.sweeper.sweep()).toMatchObject({ orphans: 0 })
        kit.advance(1)
        expect(await kit.store.sweeper.sweep()).toMatchObject({ orphans: 1 })
      })

      it('keeps what ended its process again and again for a week', async () => {
        const { id } = await submit(ANN)
        const [attempt] = await work().take(1)
        await work().fail(attempt!, new KoutuError('JOB_CRASHED_REPEATEDLY'))
        const { endedAt, expiresAt } = (await jobs().get(ANN, id))!
        expect(expiresAt!.getTime() - endedAt!.getTime()).toBe(7 * 24 * HOUR_MS)
      })
    })

    describe('aliases', () => {
      it('know a job by a number and by a name of its owner’s, and go with it', async () => {
        const { aliases } = kit.store
        const [first, second, others] = [await submit(ANN), await submit(ANN), await submit(BOB)]
        const issue = (owner: Owner, { id }: Job, named: string) =>
          aliases.issue(owner, { jobId: id, name: named, source: 'photo' })
        const a = await issue(ANN, first, 'a')
        expect(a).toMatchObject({ name: 'a', ownerId: 'ann', jobId: first.id, source: 'photo' })
        expect(a.number).toMatch(/^\d{13}$/)
        expect(await issue(ANN, first, 'again')).toEqual(a)
        const b = await issue(ANN, second, 'b')
        const c = await issue(BOB, others, 'a')
        expect(BigInt(b.number)).toBeGreaterThan(BigInt(a.number))
        expect(await aliases.find(ANN, { numbers: [a.number, c.number, '1', 'x', '9'.repeat(30)] })).toEqual([a])
        expect(await aliases.find(BOB, { names: ['a', 'b'] })).toEqual([c])
        expect(await aliases.find(ANN, {})).toEqual([])
        expect(await aliases.ofJob(second.id)).toEqual(b)
        expect(await aliases.list(ANN, { limit: 5 })).toEqual([b, a])
        expect(await aliases.list(ANN, { limit: 5, before: b.number })).toEqual([a])
        expect(await aliases.list(ANN, { limit: 1 })).toEqual([b])
        await jobs().cancel(ANN, first.id)
        kit.advance(24 * HOUR_MS)
        await kit.store.sweeper.sweep()
        await kit.store.sweeper.sweep()
        expect(await aliases.ofJob(first.id)).toBeNull()
        expect(await aliases.list(ANN, { limit: 5 })).toEqual([b])
      })
    })

    describe('uploaded images', () => {
      const header = {
        format: 'png',
        width: 3,
        height: 2,
        frames: 1,
        bitDepth: 8,
        hasAlpha: false,
        orientation: 1,
        blockPixels: 0,
      } as const
      const put = async (owner: Owner, id = newJobId(kit.nowMs())) => {
        const key = `pictures/${id}/upload-${Math.random().toString(16).slice(2)}`
        const blob = await kit.blobs.put(key, fakePicture({}), { contentType: 'image/png' })
        return { id, ownerId: owner.id, blob, header, md5: '0'.repeat(32) }
      }

      it('are taken once, and used once they are committed by their owner, once', async () => {
        const { pictures } = kit.store
        const picture = await put(ANN)
        expect(await pictures.has(picture.id)).toBe(false)
        expect(await pictures.add(picture)).toBe(true)
        expect(await pictures.has(picture.id)).toBe(true)
        expect(await pictures.add(await put(BOB, picture.id))).toBe(false)
        expect(kit.blobs.keys).toEqual([picture.blob.key])
        expect(await pictures.get(ANN, picture.id)).toBeNull()
        expect(await pictures.find(picture.id)).toBeNull()
        expect(await pictures.commit(BOB, picture.id)).toBeNull()
        expect(await pictures.commit(ANN, picture.id)).toEqual(picture)
        expect(await pictures.commit(ANN, picture.id)).toBeNull()
        expect(await pictures.get(ANN, picture.id)).toEqual(picture)
        expect(await pictures.get(BOB, picture.id)).toBeNull()
        expect(await pictures.find(picture.id)).toEqual(picture)
      })

      it('are deleted when their time is over, used or not, and what was never added after hours', async () => {
        const { pictures, sweeper } = kit.store
        const [used, unused] = [await put(ANN), await put(ANN)]
        for (const picture of [used, unused]) await pictures.add(picture)
        await pictures.commit(ANN, used.id)
        const orphan = await put(ANN)
        kit.advance(HOUR_MS - 1)
        expect(await sweeper.sweep()).toMatchObject({ pictures: 0 })
        expect(await pictures.get(ANN, used.id)).toEqual(used)
        kit.advance(1)
        expect(await pictures.get(ANN, used.id)).toBeNull()
        expect(await pictures.commit(ANN, unused.id)).toBeNull()
        expect(await sweeper.sweep()).toMatchObject({ pictures: 2 })
        expect(kit.blobs.keys).toEqual([orphan.blob.key])
        const kept = await put(ANN)
        kit.advance(6 * HOUR_MS)
        await pictures.add(kept)
        expect(await sweeper.sweep()).toMatchObject({ orphans: 1 })
        expect(kit.blobs.keys).toEqual([kept.blob.key])
      })
    })

    describe('keys', () => {
      it('are known by their secret until they are revoked', async () => {
        const { keys } = kit.store
        const { key, secret } = await keys.create({
          name: 'shop',
          ratePerMinute: 5,
          maxConcurrent: 2,
          scopes: ['jobs:read'],
        })
        expect(await keys.authenticate(secret)).toEqual(key)
        expect(key).toMatchObject({
          name: 'shop',
          ratePerMinute: 5,
          maxConcurrent: 2,
          scopes: ['jobs:read'],
          revokedAt: null,
        })
        kit.advance(1)
        const other = await keys.create({ name: 'other' })
        expect((await keys.list()).map(({ name }) => name)).toEqual(['shop', 'other'])
        for (const wrong of ['', 'koutu', `${secret}x`, secret.slice(0, -1), secret.replace(key.id, other.key.id)])
          expect(await keys.authenticate(wrong)).toBeNull()
        expect(await keys.revoke(key.id)).toBe(true)
        expect(await keys.revoke(key.id)).toBe(false)
        expect(await keys.revoke('nothing')).toBe(false)
        expect(await keys.authenticate(secret)).toBeNull()
        expect(await keys.authenticate(other.secret)).toEqual(other.key)
      })

      it('leave no secret in the database', async () => {
        const { secret } = await kit.store.keys.create({ name: 'shop' })
        const rows = await kit.store.database.query('select * from koutu.api_key')
        expect(JSON.stringify(rows)).not.toContain(secret.split('_').at(-1))
      })
    })

    it('opens again on what is there, with the same secret', async () => {
      if (database.settings.type === 'memory') return
      const { id } = await submit(ANN)
      const secret = kit.store.secret('x')
      await kit[Symbol.asyncDispose]()
      kit = await openStoreKit(database.settings)
      expect(kit.store.secret('x')).toEqual(secret)
      expect(kit.store.secret('y')).not.toEqual(secret)
      expect((await jobs().get(ANN, id))?.state).toBe('queued')
    })
  })
}
