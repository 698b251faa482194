// What goes wrong: connections that break before and after the work at each step, every error number, garbage, aborts.
// The law behind it all: one image is never paid twice, and what was paid can always be fetched.

import { type FakeStep, type Fault, startDreaminaFake } from '@koutu/testing'
import { describe, expect, it } from 'vitest'
import { clientFor, drawDisc, failureOf, fastPorts, memoryJournal } from '../../test/support.ts'
import { SERVICE_CODES } from '../wire/codes.ts'
import { DREAMINA_LIMITS, type DreaminaEvent } from './config.ts'

const PICTURE = drawDisc(12, 12)
const STEPS = ['token', 'apply', 'upload', 'commit', 'generate', 'query', 'download'] as const

describe.each(STEPS)('at %s', (step) => {
  it.each<[string, Fault]>([
    ['a connection dropped before the work', { type: 'drop' }],
    ['a connection dropped after the work', { type: 'lose' }],
    ['HTTP 502', { type: 'http', status: 502, body: 'Bad Gateway' }],
    ['HTTP 429', { type: 'http', status: 429, headers: { 'retry-after': '7' } }],
  ])('%s is survived and paid once', async (_, fault) => {
    await using fake = await startDreaminaFake()
    fake.fail(step, fault)
    const journal = memoryJournal()
    const ports = fastPorts()
    const result = await clientFor(fake, { journal, ports }).segment(PICTURE)
    expect(result.format).toBe('png')
    expect(fake.charged).toBe(1)
    expect(fake.violations).toEqual([])
    expect((await journal.list()).map(({ state }) => state)).toEqual(['fetched'])
    if (fault.type === 'http' && fault.status === 429 && step !== 'query') {
      expect(Math.max(...ports.sleeps)).toBeGreaterThanOrEqual(7000)
    }
  })

  it('a connection that always breaks ends in one coded error', async () => {
    await using fake = await startDreaminaFake()
    fake.fail(step, ...Array<Fault>(100).fill({ type: 'drop' }))
    const failure = await failureOf(clientFor(fake).segment(PICTURE))
    expect(failure.code).toBe('FETCH_FAILED')
    expect(failure.data.step).toBe(step)
    expect(fake.calls.filter((call) => call.step === step).length).toBeLessThanOrEqual(8)
  })

  it('silence ends in a timeout, and the next try works', async () => {
    await using fake = await startDreaminaFake()
    fake.fail(step, { type: 'hang' })
    const retries: DreaminaEvent[] = []
    const limits = { requestTimeoutMs: 400, transferTimeoutMs: 400 }
    await clientFor(fake, { limits }).segment(PICTURE, { onEvent: (e) => e.type === 'retry' && retries.push(e) })
    expect(fake.charged).toBe(1)
    // A poll that fails is followed by the next poll, not by a try of its own.
    if (step !== 'query')
      expect(retries).toContainEqual(expect.objectContaining({ step, attempt: 1, code: 'FETCH_TIMEOUT' }))
  })

  it('an abort in the middle stops at once', async () => {
    await using fake = await startDreaminaFake()
    fake.fail(step, { type: 'hang' })
    const journal = memoryJournal()
    const stop = new AbortController()
    const reached = fake.next(step)
    const failure = failureOf(clientFor(fake, { journal }).segment(PICTURE, { signal: stop.signal }))
    await reached
    stop.abort()
    expect((await failure).code).toBe('ABORTED')
    // From the moment it may have been paid, the task stands in the journal.
    const paid = ['generate', 'query', 'download'].includes(step)
    expect(await journal.list()).toHaveLength(paid ? 1 : 0)
    if (step === 'generate') expect((await failure).data.task).toBe((await journal.list())[0]?.submitId)
  })

  it('a redirect is not followed', async () => {
    await using fake = await startDreaminaFake()
    // To an allowed address: only a download could follow it, and not to plain http elsewhere.
    const location = step === 'download' ? 'http://elsewhere.example/' : `${fake.origin}/elsewhere`
    fake.fail(step, { type: 'http', status: 302, headers: { location } })
    const failure = await failureOf(clientFor(fake).segment(PICTURE))
    expect(failure.code).toBe('ENGINE_REQUEST_REFUSED')
    expect(failure.message).not.toContain('elsewhere')
    expect(fake.violations).toEqual([])
  })

  it.each([
    [401, step === 'download' ? 'FETCH_FAILED' : 'ENGINE_LOGIN_REQUIRED'],
    [403, step === 'download' ? 'FETCH_FAILED' : 'ENGINE_ACCESS_REFUSED'],
    [418, 'ENGINE_REQUEST_REFUSED'],
  ])('HTTP %d is %s and is not repeated', async (status, code) => {
    await using fake = await startDreaminaFake()
    fake.fail(step, ...Array<Fault>(2).fill({ type: 'http', status }))
    expect((await failureOf(clientFor(fake).segment(PICTURE))).code).toBe(code)
    const expired = step === 'download' && status !== 418
    expect(fake.calls.filter((call) => call.step === step)).toHaveLength(expired ? 2 : 1)
  })
})

it('an abort before the start sends nothing', async () => {
  await using fake = await startDreaminaFake()
  const failure = await failureOf(clientFor(fake).segment(PICTURE, { signal: AbortSignal.abort() }))
  expect(failure.code).toBe('ABORTED')
  expect(fake.calls).toHaveLength(0)
})

it('an abort between two polls stops at once and names the task', async () => {
  await using fake = await startDreaminaFake({ statuses: Array(99).fill(20) })
  const stop = new AbortController()
  const sleep = async () => {
    stop.abort()
    throw stop.signal.reason
  }
  const ports = { ...fastPorts(), sleep }
  const failure = await failureOf(clientFor(fake, { ports }).segment(PICTURE, { signal: stop.signal }))
  expect(failure.code).toBe('ABORTED')
  expect(failure.data.task).toBe(fake.submitIds[0])
  expect(fake.calls.filter(({ step }) => step === 'query')).toHaveLength(1)
})

describe('a generate whose answer is lost', () => {
  it('is looked for by its submit id before anything else', async () => {
    await using fake = await startDreaminaFake()
    fake.fail('generate', { type: 'lose' })
    await clientFor(fake).segment(PICTURE)
    const after = fake.calls[fake.calls.findIndex(({ step }) => step === 'generate') + 1]!
    expect(after.step).toBe('query')
    expect(JSON.parse(Buffer.from(after.body).toString())).toEqual({ submit_ids: [fake.submitIds[0]] })
  })

  it('is sent again, with the same submit id, only when three lookups find nothing', async () => {
    await using fake = await startDreaminaFake()
    fake.fail('generate', { type: 'drop' })
    await clientFor(fake).segment(PICTURE)
    const generates = fake.calls.filter(({ step }) => step === 'generate')
    const ids = generates.map(({ body }) => JSON.parse(Buffer.from(body).toString()).submit_id)
    expect(ids).toEqual([fake.submitIds[0], fake.submitIds[0]])
    const [first, second] = generates.map((call) => fake.calls.indexOf(call))
    expect(fake.calls.slice(first! + 1, second).map(({ step }) => step)).toEqual(['query', 'query', 'query'])
  })

  it('is not sent again when it cannot be looked for', async () => {
    await using fake = await startDreaminaFake()
    fake.fail('generate', { type: 'lose' })
    fake.fail('query', ...Array<Fault>(20).fill({ type: 'drop' }))
    const journal = memoryJournal()
    const failure = await failureOf(clientFor(fake, { journal }).segment(PICTURE))
    expect(failure.code).toBe('FETCH_FAILED')
    expect(failure.message).toContain(`koutu dreamina resume ${fake.submitIds[0]}`)
    expect(fake.charged).toBe(1)
    expect(await journal.list()).toHaveLength(1)
  })

  it.each(['<html>', '', '{"ret":"0","data":null}', '{"nothing":1}'])(
    'an answer that says nothing (%j) counts as lost',
    async (body) => {
      await using fake = await startDreaminaFake()
      fake.fail('generate', { type: 'http', status: 200, body })
      await clientFor(fake).segment(PICTURE)
      // The fake did not take the first one: it was sent again after the lookups.
      expect(fake.charged).toBe(1)
    },
  )
})

describe.each(Object.entries(SERVICE_CODES))('ret %s', (ret, known) => {
  it(`at generate is ${known.error} and leaves nothing in the journal`, async () => {
    await using fake = await startDreaminaFake()
    fake.fail('generate', ...Array<Fault>(DREAMINA_LIMITS.attempts).fill({ type: 'ret', ret, errmsg: 'said so' }))
    const journal = memoryJournal()
    const failure = await failureOf(clientFor(fake, { journal }).segment(PICTURE))
    expect(failure.code).toBe(known.error)
    expect(failure.message).toContain(known.advice)
    expect(failure.message).toContain(`answered ${ret} to generate`)
    expect(failure.message).toContain('"said so"')
    expect(failure.data).toMatchObject({ serviceCode: ret, step: 'generate' })
    expect(fake.calls.filter(({ step }) => step === 'generate')).toHaveLength(
      known.retry ? DREAMINA_LIMITS.attempts : 1,
    )
    expect(fake.charged).toBe(0)
    expect(await journal.list()).toEqual([])
  })

  it('as fail_code of a task has the same meaning', async () => {
    await using fake = await startDreaminaFake({
      statuses: [20],
      finalStatus: 30,
      failure: { code: ret, message: 'no luck' },
      codes: 'number',
    })
    const journal = memoryJournal()
    const failure = await failureOf(clientFor(fake, { journal }).segment(PICTURE))
    expect(failure.code).toBe(known.error)
    expect(failure.message).toContain(known.advice)
    expect(failure.message).toContain('"no luck"')
    // A failed task has nothing to resume, and is not sent again by itself: it may have been charged.
    expect(fake.charged).toBe(1)
    expect(await journal.list()).toEqual([])
  })
})

it('a ret that comes as a number with data null is read like the text', async () => {
  await using fake = await startDreaminaFake({ codes: 'number' })
  fake.fail('token', { type: 'ret', ret: '1015', data: null })
  expect((await failureOf(clientFor(fake).segment(PICTURE))).code).toBe('ENGINE_LOGIN_REQUIRED')
})

it('a busy service is asked again, and then works', async () => {
  await using fake = await startDreaminaFake()
  fake.fail('generate', { type: 'ret', ret: '1310' }, { type: 'ret', ret: '1010' })
  await clientFor(fake).segment(PICTURE)
  expect(fake.charged).toBe(1)
})

it.each([10, 30, 40, 100])('status %d without an image is a failure', async (finalStatus) => {
  await using fake = await startDreaminaFake({ statuses: [], finalStatus, failure: {} })
  const failure = await failureOf(clientFor(fake).segment(PICTURE))
  expect(failure.code).toBe(finalStatus === 10 || finalStatus === 40 ? 'ENGINE_IMAGE_REFUSED' : 'ENGINE_FAILED')
})

it('a session that ends while polling stops the polling and keeps the task', async () => {
  await using fake = await startDreaminaFake({ statuses: [20, 20, 20] })
  const journal = memoryJournal()
  fake.fail('query', { type: 'ret', ret: '1015' })
  const failure = await failureOf(clientFor(fake, { journal }).segment(PICTURE))
  expect(failure.code).toBe('ENGINE_LOGIN_REQUIRED')
  expect(failure.message).toContain('koutu dreamina resume')
  expect(await journal.list()).toMatchObject([{ state: 'submitted' }])
})

describe('ImageX', () => {
  it.each<[FakeStep, number]>([
    ['apply', 100024],
    ['commit', 30406],
  ])('%s: error %d starts the upload over', async (step, codeN) => {
    await using fake = await startDreaminaFake()
    fake.fail(step, { type: 'imagex', codeN })
    await clientFor(fake).upload(PICTURE)
    expect(fake.calls.filter((call) => call.step === step)).toHaveLength(2)
    // Keys that were refused are fetched anew; a refused session key says nothing about the keys.
    expect(fake.calls.filter((call) => call.step === 'token')).toHaveLength(codeN === 100024 ? 2 : 1)
  })

  it('an error nobody documented is told and not repeated', async () => {
    await using fake = await startDreaminaFake()
    fake.fail('apply', { type: 'imagex', codeN: 42, message: 'why not' })
    const failure = await failureOf(clientFor(fake).upload(PICTURE))
    expect(failure.code).toBe('ENGINE_REQUEST_REFUSED')
    expect(failure.message).toContain('42')
    expect(failure.message).toContain('why not')
  })

  it('UriStatus 2001 is tried again, then a failure', async () => {
    await using fake = await startDreaminaFake({ uriStatus: 2001 })
    const failure = await failureOf(clientFor(fake).upload(PICTURE))
    expect(failure.code).toBe('ENGINE_FAILED')
    expect(failure.message).toContain('2001')
    expect(fake.calls.filter(({ step }) => step === 'commit')).toHaveLength(DREAMINA_LIMITS.attempts)
  })

  it('HTTP 204 of the upload host is a no', async () => {
    await using fake = await startDreaminaFake()
    fake.fail('upload', { type: 'http', status: 204 })
    await clientFor(fake).upload(PICTURE)
    expect(fake.calls.filter(({ step }) => step === 'upload')).toHaveLength(2)
  })

  it.each(['evil.example/path', 'user@host', 'a b', ''])('a host named %j is not connected to', async (host) => {
    await using fake = await startDreaminaFake()
    const address = { StoreInfos: [{ StoreUri: 'x', Auth: 'a' }], UploadHosts: [host], SessionKey: 'k' }
    fake.fail('apply', { type: 'http', status: 200, body: JSON.stringify({ Result: { UploadAddress: address } }) })
    expect((await failureOf(clientFor(fake).upload(PICTURE))).code).toBe('ENGINE_ANSWER_INVALID')
  })
})

describe('size', () => {
  const limits = { maxAnswerBytes: 5000, maxDownloadBytes: 100 }
  it('of a result is limited', async () => {
    await using fake = await startDreaminaFake({ cutout: () => new Uint8Array(101) })
    const failure = await failureOf(clientFor(fake, { limits }).segment(PICTURE))
    expect(failure.code).toBe('ENGINE_ANSWER_INVALID')
    expect(failure.message).toContain('at most 100 bytes')
  })

  it('of an answer is limited, announced or not', async () => {
    const body = `{"pad":"${'x'.repeat(6000)}"}`
    await using fake = await startDreaminaFake()
    fake.fail(
      'token',
      { type: 'http', status: 200, body },
      { type: 'http', status: 200, headers: { 'transfer-encoding': 'chunked' }, body },
    )
    for (let i = 0; i < 2; i++) {
      expect((await failureOf(clientFor(fake, { limits }).check())).message).toContain('at most 5000 bytes')
    }
  })
})

it('an answer of another shape is told by its path, not by its content', async () => {
  await using fake = await startDreaminaFake()
  fake.fail('token', { type: 'ret', ret: '0', data: { access_key_id: 'AKTPsecretsecret', secret_access_key: 5 } })
  const failure = await failureOf(clientFor(fake).check())
  expect(failure.code).toBe('ENGINE_ANSWER_INVALID')
  expect(failure.message).toContain('secret_access_key')
  expect(failure.message).not.toContain('AKTPsecretsecret')
})

it('a download follows a redirect, and not for ever', async () => {
  await using fake = await startDreaminaFake({ statuses: [] })
  const client = clientFor(fake)
  const record = await client.wait((await client.cutout(await client.upload(PICTURE))).submitId)
  const { url } = record.images[0]!
  const there = { type: 'http', status: 307, headers: { location: url.slice(fake.origin.length) } } as const
  fake.fail('download', there, there, there)
  expect((await client.download(url)).length).toBeGreaterThan(0)
  fake.fail('download', there, there, there, there)
  expect((await failureOf(client.download(url))).code).toBe('ENGINE_REQUEST_REFUSED')
})

it('a result address that is no https address is refused', async () => {
  await using fake = await startDreaminaFake()
  for (const url of ['http://elsewhere.example/x', 'file:///etc/passwd', 'nothing']) {
    expect((await failureOf(clientFor(fake).download(url))).code).toBe('ENGINE_ANSWER_INVALID')
  }
  expect(fake.calls).toHaveLength(0)
})
