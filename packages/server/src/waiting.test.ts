// What clients are told while they wait, and who is refused because it would take too long.

import { expect, it } from 'vitest'
import { encodePng } from '../../../testing/src/dreamina-fake/png.ts'
import { openTestApp, type TestApp } from './app.fixture.ts'

const photo = new Uint8Array(encodePng({ width: 3, height: 2, channels: 3, data: new Uint8Array(18) }))
const send = (app: TestApp, headers: Record<string, string> = {}, path = '/v1/cutouts') =>
  app.request(path, { method: 'POST', body: photo, headers: { 'content-type': 'image/png', ...headers } })
const sendForm = (app: TestApp, path: string, name: string) => {
  const body = new FormData()
  body.append(name, new Blob([photo]), 'a.png')
  return app.request(path, { method: 'POST', body })
}
const queue = async (app: TestApp) => {
  const response = await send(app, { prefer: 'respond-async' })
  return { response, job: (await response.json()) as { id: string; position: number; secondsLeft: number | null } }
}

/** As if jobs had been run, one after the other. */
async function haveRun(app: TestApp, secondsEach: number): Promise<void> {
  for (let i = 0; i < 3; i++) {
    const { job } = await queue(app)
    await app.store.database.query(
      `update koutu.job set state = 'succeeded', started_at = now() - make_interval(secs => $2),
         ended_at = now() - make_interval(secs => $3), expires_at = now() + interval '1 hour' where id = $1`,
      [job.id, (i + 1) * secondsEach, i * secondsEach],
    )
  }
  const { job } = await queue(app)
  const asked = { id: job.id, state: 'queued', startedAt: null } as const
  await expect.poll(async () => (await app.deps.jobs.outlook(asked)).secondsLeft, { timeout: 20_000 }).not.toBeNull()
  await app.deps.jobs.cancel({ id: 'local' }, job.id)
}

it('tells the position in the queue, and when to ask again, in job and headers', async () => {
  await using app = await openTestApp({ hasWorker: false })
  await haveRun(app, 10)
  const [first, second] = [await queue(app), await queue(app)]
  expect([first.job.position, second.job.position]).toEqual([1, 2])
  expect([first.job.secondsLeft, second.job.secondsLeft]).toEqual([20, 30])
  for (const response of [second.response, await app.request(`/v1/jobs/${second.job.id}`)])
    expect(
      ['koutu-queue-position', 'koutu-seconds-left', 'retry-after'].map((name) => response.headers.get(name)),
    ).toEqual(['2', '30', '30'])
  const early = await app.request(`/v1/jobs/${second.job.id}/result`)
  expect([early.status, early.headers.get('retry-after')]).toEqual([409, '30'])
  expect(await early.json()).toMatchObject({ code: 'JOB_NOT_DONE', data: { position: 2, secondsLeft: 30 } })
  const canceled = await app.request(`/v1/jobs/${first.job.id}`, { method: 'DELETE' })
  expect(canceled.headers.get('retry-after')).toBeNull()
  expect(await canceled.json()).toMatchObject({ position: null, secondsLeft: null })
  const position = async () =>
    ((await (await app.request(`/v1/jobs/${second.job.id}`)).json()) as { position: number }).position
  await expect.poll(position, { timeout: 20_000 }).toBe(1)
})

it('tells in the stream of events when the queue moves, and nothing after the end', async () => {
  await using app = await openTestApp({ hasWorker: false })
  const [first, second] = [await queue(app), await queue(app)]
  const response = await app.request(`/v1/jobs/${second.job.id}/events`)
  let text = ''
  const decoder = new TextDecoder()
  for await (const piece of response.body!) {
    text += decoder.decode(piece, { stream: true })
    if (text.includes('"position":2') && !text.includes('"position":1'))
      await app.request(`/v1/jobs/${first.job.id}`, { method: 'DELETE' })
    if (text.includes('"position":1') && !text.includes('canceled'))
      await app.request(`/v1/jobs/${second.job.id}`, { method: 'DELETE' })
  }
  const events = [...text.matchAll(/^event: (\w+)$/gm)].map((match) => match[1])
  expect(events.filter((event) => event === 'outlook')).toHaveLength(2)
  expect(events.at(-1)).toBe('state')
  expect([...text.matchAll(/^id: (\d+)$/gm)].map((match) => match[1])).toEqual(['1', '2'])
})

it('refuses who waits for a result that is expected too late, and queues who does not', async () => {
  await using app = await openTestApp({ hasWorker: false, settings: { maxExpectedWaitMs: 25_000, maxWaitMs: 100 } })
  // Nothing is known yet, so nobody is refused.
  expect((await send(app)).status).toBe(202)
  await app.store.database.query('delete from koutu.job')
  await haveRun(app, 10)
  // Would end after 20 s.
  expect((await send(app)).status).toBe(202)
  const late = await send(app)
  expect([late.status, late.headers.get('retry-after')]).toEqual([503, '5'])
  expect(await late.json()).toMatchObject({ code: 'WAIT_TOO_LONG', data: { limit: 25, actual: 30, position: 2 } })
  const rembg = await sendForm(app, '/api/remove', 'file')
  expect([rembg.status, rembg.headers.get('retry-after')]).toEqual([503, '5'])
  const removebg = await sendForm(app, '/v1.0/removebg', 'image_file')
  expect([removebg.status, removebg.headers.get('retry-after')]).toEqual([503, '5'])
  expect((await queue(app)).response.status).toBe(202)
  const batch = await app.request('/v1/batches', {
    method: 'POST',
    body: JSON.stringify({ images: [{ image: Buffer.from(photo).toString('base64') }] }),
    headers: { 'content-type': 'application/json', accept: 'application/json', prefer: 'respond-async' },
  })
  expect([batch.status, batch.headers.get('koutu-queue-position')]).toEqual([202, '3'])
})

it('lets a request in that is repeated, whatever waits now', async () => {
  await using app = await openTestApp({ hasWorker: false, settings: { maxExpectedWaitMs: 25_000, maxWaitMs: 100 } })
  await haveRun(app, 10)
  const first = await send(app, { 'idempotency-key': 'a' })
  await queue(app)
  const again = await send(app, { 'idempotency-key': 'a' })
  expect([first.status, again.status]).toEqual([202, 202])
  expect(again.headers.get('koutu-job')).toBe(first.headers.get('koutu-job'))
  expect((await send(app, { 'idempotency-key': 'b' })).status).toBe(503)
})
