// The whole way against the fake, in every variant in which sources disagree, and the polling that leads there.

import { type DreaminaFakeOptions, decodePng, startDreaminaFake } from '@koutu/testing'
import { describe, expect, it } from 'vitest'
import { clientFor, drawDisc, failureOf, fastPorts, memoryJournal } from '../../test/support.ts'
import type { DreaminaConfig, DreaminaEvent } from './config.ts'

const PICTURE = drawDisc(24, 16)

async function run(options: DreaminaFakeOptions, config: Partial<DreaminaConfig> = {}) {
  await using fake = await startDreaminaFake(options)
  const endpoints = { api: fake.origin, ...(options.token === 'service_id' ? { imagex: fake.origin } : {}) }
  const events: DreaminaEvent[] = []
  const client = clientFor(fake, { endpoints, ...config })
  const result = await client.segment(PICTURE, { onEvent: (event) => events.push(event) })
  return { fake, result, events }
}

describe.each<[string, DreaminaFakeOptions]>([
  ['as recorded', {}],
  ['codes as numbers', { codes: 'number' }],
  ['UploadHosts only', { uploadHost: 'UploadHosts' }],
  ['UploadHost only', { uploadHost: 'UploadHost' }],
  ['Results only', { commit: 'Results' }],
  ['PluginResult only', { commit: 'PluginResult' }],
  ['a record without aigc_data', { record: 'direct' }],
  ['a token with service_id only', { token: 'service_id' }],
  ['status in the task only', { statusIn: 'task' }],
  ['done at the first poll', { statuses: [] }],
  ['a long 45', { statuses: [20, 42, 45, 45, 45, 45] }],
  ['unknown statuses', { statuses: [0, 21, 77] }],
  ['10 with items', { finalStatus: 10 }],
  ['items that come after the status', { emptyFinalPolls: 2 }],
  ['escaped addresses', { escapedUrls: true }],
  ['a strict sign', { strictSign: true }],
  ['a dead first upload host', { deadFirstHost: true }],
])('%s', (_, options) => {
  it('ends in a transparent image, paid once, without a violation', async () => {
    const { fake, result } = await run(options)
    expect(fake.violations).toEqual([])
    expect(fake.charged).toBe(1)
    expect(result).toMatchObject({ format: 'png', reused: false })
    const { width, height, channels, data } = decodePng(result.bytes)
    expect([width, height, channels]).toEqual([24, 16, 4])
    const alphaAt = (x: number, y: number) => data[(y * 24 + x) * 4 + 3]
    expect([alphaAt(12, 8), alphaAt(0, 0)]).toEqual([255, 0])
  })
})

it('calls the steps in order and tells them', async () => {
  const { fake, events } = await run({})
  expect(fake.steps()).toEqual(['token', 'apply', 'upload', 'commit', 'generate', 'query', 'download'])
  expect(events.filter((event) => event.type === 'submitted')).toEqual([
    { type: 'submitted', submitId: fake.submitIds[0], historyId: '7897104935001' },
  ])
  expect(events.filter((event) => event.type === 'retry')).toEqual([])
})

it('sends the session to the API only, no fingerprint anywhere, and no body where there is none', async () => {
  const { fake } = await run({})
  for (const call of fake.calls) {
    const isApi = call.target.startsWith('/mweb/')
    expect(call.headers.cookie).toBe(isApi ? `sessionid=${fake.sessionId}` : undefined)
    expect(call.target).not.toMatch(/a_bogus|msToken|X-Bogus|X-Gnarly|webId/i)
    expect(call.target).not.toContain(fake.sessionId)
  }
})

it('keeps the upload keys for the next image, and asks again when they end', async () => {
  await using fake = await startDreaminaFake()
  const client = clientFor(fake)
  await client.upload(PICTURE)
  await client.upload(drawDisc(8, 8))
  expect(fake.calls.filter(({ step }) => step === 'token')).toHaveLength(1)
  await using short = await startDreaminaFake({ tokenLifeS: 200 })
  const other = clientFor(short)
  await other.upload(PICTURE)
  await other.upload(PICTURE)
  // 200 s are less than the five minutes an upload may need.
  expect(short.calls.filter(({ step }) => step === 'token')).toHaveLength(2)
  expect(short.violations).toEqual([])
})

it.each([3 * 3600_000, -26 * 3600_000])('follows the clock of a service that is %d ms off', async (clockOffsetMs) => {
  const { fake } = await run({ clockOffsetMs })
  expect(fake.violations.filter((sentence) => !sentence.includes('Device-Time'))).toEqual([])
})

it('speaks to international regions as they want it', async () => {
  const { fake } = await run({ awsRegion: 'ap-southeast-1', serviceId: 'wopfjsm1ax' }, { region: 'JP' })
  expect(fake.violations).toEqual([])
  const target = (step: string) => fake.calls.find((call) => call.step === step)!.target
  expect(target('apply')).toContain('device_platform=web')
  expect(target('generate')).toContain('aid=513641')
  expect(target('generate')).toContain('region=JP')
})

describe('queue', () => {
  it("tells the position and keeps the service's own interval while there is one", async () => {
    const ports = fastPorts()
    const options = {
      statuses: [20, 20, 20, 45],
      queue: [7, 3, 1],
      polling: { interval_seconds: 12, timeout_seconds: 900 },
    }
    const { events } = await run(options, { ports })
    const positions = events.flatMap((event) => (event.type === 'queue' ? [[event.position, event.length]] : []))
    expect(positions).toEqual([
      [7, 7],
      [3, 7],
      [1, 7],
      [0, 7],
    ])
    for (const ms of ports.sleeps.slice(0, 3)) expect(ms).toBeGreaterThanOrEqual(12_000)
    // Out of the queue the growing interval counts: 1 s x 1.5^3, spread by a fifth at most.
    expect(ports.sleeps[3]).toBeGreaterThanOrEqual(3375)
    expect(ports.sleeps[3]).toBeLessThan(3375 * 1.2 + 1)
  })

  it('polls at growing distances up to the suggested one', async () => {
    const ports = fastPorts()
    await run({ statuses: Array(9).fill(45), polling: { interval_seconds: 5, timeout_seconds: 900 } }, { ports })
    const bases = [1000, 1500, 2250, 3375, 5000, 5000, 5000, 5000, 5000]
    expect(ports.sleeps).toHaveLength(bases.length)
    for (const [i, base] of bases.entries()) {
      expect(ports.sleeps[i]).toBeGreaterThanOrEqual(base)
      expect(ports.sleeps[i]).toBeLessThanOrEqual(Math.ceil(base * 1.2))
    }
  })

  it.each([
    ['its own limit', { waitTimeoutMs: 60_000 }, 86_400, 60],
    ["the service's, where that is shorter", { waitTimeoutMs: 600_000 }, 45, 45],
  ])('gives up at %s, names the task and leaves it in the journal', async (_, limits, timeout_seconds, seconds) => {
    await using fake = await startDreaminaFake({
      statuses: Array(500).fill(20),
      polling: { interval_seconds: 10, timeout_seconds },
    })
    const journal = memoryJournal()
    const failure = await failureOf(clientFor(fake, { limits, journal }).segment(PICTURE))
    expect(failure.code).toBe('ENGINE_TIMEOUT')
    expect(failure.message).toContain(`${seconds} s`)
    expect(failure.message).toContain(`koutu dreamina resume ${fake.submitIds[0]}`)
    expect(await journal.list()).toMatchObject([{ state: 'submitted', submitId: fake.submitIds[0] }])
  })
})

it('asks for a new address when one has expired', async () => {
  const { fake, result } = await run({ expiredUrls: 1 })
  expect(fake.calls.filter(({ step }) => step === 'download')).toHaveLength(2)
  expect(result.format).toBe('png')
})

it('says so when the address stays expired', async () => {
  await using fake = await startDreaminaFake({ expiredUrls: 9 })
  const failure = await failureOf(clientFor(fake).segment(PICTURE))
  expect(failure.code).toBe('FETCH_FAILED')
  expect(failure.message).toContain('expired')
})

it('does not take a JPEG for a cutout', async () => {
  await using fake = await startDreaminaFake({ result: 'jpeg' })
  const failure = await failureOf(clientFor(fake).segment(PICTURE))
  expect(failure.code).toBe('ENGINE_RESULT_OPAQUE')
  expect(failure.message).toContain('JPEG without an alpha channel')
})

it('does not take a PNG without an alpha channel for one', async () => {
  await using fake = await startDreaminaFake({ result: 'opaque' })
  expect((await failureOf(clientFor(fake).segment(PICTURE))).code).toBe('ENGINE_RESULT_OPAQUE')
})

it.each(['response', 'data', 'both'] as const)('reads the credit from %s', async (credit) => {
  await using fake = await startDreaminaFake({ credit })
  expect(await clientFor(fake).credit()).toEqual({ vip: 0, gift: 60, purchased: 5, total: 65 })
})

it('queries several tasks at once, by either id, and leaves unknown ones out', async () => {
  await using fake = await startDreaminaFake({ statuses: [] })
  const client = clientFor(fake)
  const imageUri = await client.upload(PICTURE)
  const a = await client.cutout(imageUri)
  const b = await client.cutout(imageUri)
  expect(a.submitId).not.toBe(b.submitId)
  const records = await client.query({ historyIds: [a.historyId, '1'], submitIds: [b.submitId] })
  expect([...records.keys()]).toEqual([a.historyId, b.submitId])
  expect((await client.wait(a.historyId)).submitId).toBe(a.submitId)
  expect((await client.query({ historyIds: ['1'] })).size).toBe(0)
})

describe('work that was paid', () => {
  it('is found again by the same bytes, for a day', async () => {
    await using fake = await startDreaminaFake()
    const journal = memoryJournal()
    const first = await clientFor(fake, { journal }).segment(PICTURE)
    const again = await clientFor(fake, { journal }).segment(PICTURE)
    expect(again).toEqual({ ...first, reused: true })
    await clientFor(fake, { journal }).segment(drawDisc(10, 10))
    expect(fake.charged).toBe(2)
    const ports = { ...fastPorts(), nowMs: () => Date.now() + 25 * 3600_000 }
    await clientFor(fake, { journal, ports }).segment(PICTURE)
    expect(fake.charged).toBe(3)
  })

  it('is not found in another region', async () => {
    await using fake = await startDreaminaFake()
    const journal = memoryJournal()
    await clientFor(fake, { journal }).segment(PICTURE)
    const [entry] = await journal.list()
    await journal.put({ ...entry!, region: 'US' })
    await clientFor(fake, { journal }).segment(PICTURE)
    expect(fake.charged).toBe(2)
  })

  it('is written down before it is asked for, and after it was accepted', async () => {
    await using fake = await startDreaminaFake()
    const journal = memoryJournal()
    await clientFor(fake, { journal }).segment(PICTURE)
    expect(journal.history.map(({ state }) => state)).toEqual(['sent', 'submitted', 'fetched'])
    expect(new Set(journal.history.map(({ submitId }) => submitId))).toEqual(new Set(fake.submitIds))
  })

  it('is not asked for when it cannot be written down', async () => {
    await using fake = await startDreaminaFake()
    const journal = { ...memoryJournal(), put: () => Promise.reject(new Error('disk full')) }
    await expect(clientFor(fake, { journal }).segment(PICTURE)).rejects.toThrow('disk full')
    expect(fake.charged).toBe(0)
  })

  it('is forgotten where the service never heard of it', async () => {
    await using fake = await startDreaminaFake()
    const journal = memoryJournal()
    const inputSha256 = await clientFor(fake, { journal })
      .segment(PICTURE)
      .then(async () => (await journal.list())[0]!.inputSha256)
    const lost = '11111111-1111-4111-8111-111111111111'
    const entry = {
      historyId: '',
      region: 'CN',
      imageUri: 'x',
      inputSha256,
      createdAtMs: Date.now() + 1,
      state: 'sent' as const,
    }
    await journal.put({ ...entry, submitId: lost })
    const result = await clientFor(fake, { journal }).segment(PICTURE)
    expect(result.reused).toBe(false)
    expect(await journal.get(lost)).toBeNull()
  })
})

it.each([0, 3])('refuses an upload of %d bytes where one to two are allowed', async (size) => {
  await using fake = await startDreaminaFake()
  const failure = await failureOf(clientFor(fake, { limits: { maxUploadBytes: 2 } }).upload(new Uint8Array(size)))
  expect(failure.code).toBe('IMAGE_TOO_MANY_BYTES')
  expect(fake.calls).toHaveLength(0)
})
