// Webhooks: what is signed, what arrives, and what is tried again. The receiver is a function; no network.

import { createHmac } from 'node:crypto'
import { createFakeRunner, type FakePicture, openStoreKit, type StoreKit } from '@koutu/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Fetcher } from '../ports/ports.ts'
import type { SubmitRequest } from './job-service.ts'
import { signedHeaders } from './webhooks.ts'

const ANN = { id: 'ann' }

describe('signedHeaders', () => {
  it('signs as the example of Standard Webhooks does', () => {
    const secret = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64')
    const headers = signedHeaders(secret, {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestampSeconds: 1614265330,
      body: '{"test": 2432232314}',
    })
    expect(headers).toMatchObject({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    })
  })
})

interface Received {
  readonly url: string
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

describe('webhooks', () => {
  let kit: StoreKit
  let received: Received[]
  let answers: number[]
  let lines: string[]
  const fetcher: Fetcher = {
    async *get() {
      yield* []
    },
    async post(url, body, { headers }) {
      received.push({ url, body, headers })
      const status = answers.shift() ?? 200
      if (status === 0) throw new Error('unreachable')
      return { status }
    },
  }
  beforeAll(async () => {
    const note = (fields: object, message: string) => lines.push(JSON.stringify([fields, message]))
    kit = await openStoreKit({ type: 'memory' }, {}, { warn: note, error: note, info: note })
  })
  afterAll(() => kit[Symbol.asyncDispose]())
  beforeEach(async () => {
    received = []
    answers = []
    lines = []
    await kit.reset()
  })

  const submit = async (pictures: readonly FakePicture[], more: Partial<SubmitRequest> = {}) => {
    const [first, ...rest] = await Promise.all(pictures.map((picture) => kit.upload(picture)))
    return kit.store.jobs.submit(ANN, {
      jobs: [first!, ...rest],
      isBatch: false,
      webhookUrl: 'https://shop.example/hook?token=secret',
      ...more,
    })
  }
  const work = async (until: () => unknown) => {
    const worker = kit.worker(createFakeRunner())
    worker.start()
    // A delivery that starts later finds them at once, one that waits for them looks every two seconds.
    const unfinished = async () => {
      const { queued, running } = await kit.store.jobs.stats()
      return queued + running
    }
    await expect.poll(unfinished, { timeout: 60_000 }).toBe(0)
    const delivery = await kit.store.deliverWebhooks(fetcher)
    await expect.poll(until, { timeout: 60_000 }).toBeTruthy()
    await worker.stop({ timeoutMs: 1000 })
    await delivery[Symbol.asyncDispose]()
  }

  it('tell the end of a job once, signed with the secret of its owner', async () => {
    const { jobs } = await submit([{ name: 1 }])
    const silent = await kit.store.jobs.submit(ANN, { jobs: [await kit.upload({})], isBatch: false })
    await work(() => received.length > 0)
    expect(received).toHaveLength(1)
    const { url, body, headers } = received[0]!
    expect(url).toBe('https://shop.example/hook?token=secret')
    expect(JSON.parse(body)).toMatchObject({
      type: 'job.succeeded',
      timestamp: expect.any(String),
      data: { id: jobs[0]!.id, state: 'succeeded', fileName: 'photo.png', error: null },
    })
    expect(body).not.toContain(silent.jobs[0]!.id)
    expect(body).not.toContain('token')
    const shown = await kit.store.keys.webhookSecret('ann')
    const key = Buffer.from(shown.replace('whsec_', ''), 'base64')
    const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
    expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(text).digest('base64')}`)
    expect(await kit.store.keys.webhookSecret('bob')).not.toBe(shown)
  })

  it('tell failure and cancellation too', async () => {
    const failed = await submit([{ error: 'IMAGE_CORRUPT' }])
    const canceled = await submit([{ sleepMs: 600_000 }])
    await kit.store.jobs.cancel(ANN, canceled.jobs[0]!.id)
    await work(() => received.length === 2)
    const messages = received.map(
      ({ body }) => JSON.parse(body) as { type: string; data: { id: string; error: unknown } },
    )
    expect(messages.map(({ type, data }) => [type, data.id]).toSorted()).toEqual([
      ['job.canceled', canceled.jobs[0]!.id],
      ['job.failed', failed.jobs[0]!.id],
    ])
    expect(messages.find(({ type }) => type === 'job.failed')!.data.error).toMatchObject({ code: 'IMAGE_CORRUPT' })
  })

  it('tell a batch when its last job has ended, once', async () => {
    const { batchId } = await submit([{ name: 1 }, { name: 2, error: 'IMAGE_CORRUPT' }, { name: 3, sleepMs: 50 }], {
      isBatch: true,
    })
    await work(() => received.length > 0)
    expect(received).toHaveLength(1)
    const { type, data } = JSON.parse(received[0]!.body)
    expect([type, data.id]).toEqual(['batch.ended', batchId])
    expect(data.jobs.map(({ state }: { state: string }) => state)).toEqual(['succeeded', 'failed', 'succeeded'])
  })

  it('are kept for another try when nobody takes them', async () => {
    answers = [500]
    await submit([{}])
    await work(() => received.length > 0)
    const tries = await kit.store.database.query<{ state: string; wait: number }>(
      `select state::text, extract(epoch from start_after - now())::float8 as wait from pgboss.job where name = 'webhook'`,
    )
    expect(tries).toMatchObject([{ state: 'retry' }])
    expect(tries[0]!.wait).toBeGreaterThan(5)
    // Its time has come; the id tells the receiver that it is the same message.
    await kit.store.database.query(`update pgboss.job set start_after = now() where name = 'webhook'`)
    await work(() => received.length === 2)
    expect(received[1]!.headers['webhook-id']).toBe(received[0]!.headers['webhook-id'])
    expect(received[1]!.body).toBe(received[0]!.body)
  })

  it('write nothing of the address into the log', async () => {
    answers = [0]
    await submit([{}])
    await work(() => lines.some((line) => line.includes('webhook not delivered')))
    expect(lines.join()).not.toMatch(/secret|shop\.example/)
  })
})
