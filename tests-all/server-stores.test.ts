// Jobs on PostgreSQL and images in S3: the suites that PGlite and the folder pass, on servers of our own.

import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Blobs, openBlobs } from '@koutu/server'
import { blobsContract, collect, jobContract, openStoreKit } from '@koutu/testing'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Served, serve } from '../packages/koutu/src/cli/serve.fixture.ts'
import { startPostgres } from './services/postgres.ts'
import { startS3 } from './services/s3.ts'

jobContract('PostgreSQL', async () => {
  const postgres = await startPostgres({ isDurable: false })
  return { settings: { type: 'postgres', url: postgres.database('koutu') }, close: () => postgres.stop() }
})

blobsContract('S3', async () => {
  const s3 = await startS3()
  Object.assign(process.env, s3.env)
  return {
    blobs: await openBlobs(`s3://${s3.bucket}/some/where?endpoint=${s3.endpoint}`, ''),
    close: () => s3.stop(),
  }
})

it('a query waits for a connection for as long as others get theirs', { timeout: 60_000 }, async () => {
  const postgres = await startPostgres({ isDurable: false })
  try {
    await using kit = await openStoreKit({ type: 'postgres', url: postgres.database('busy'), maxConnections: 1 })
    const { database } = kit.store
    // Longer together than the pool lets anything wait.
    const slow = Array.from({ length: 4 }, () => database.query('select pg_sleep(3)'))
    await database.query('select 1')
    await Promise.all(slow)
  } finally {
    await postgres.stop()
  }
})

describe('a new PostgreSQL database', () => {
  it('may be opened by many machines at the same moment', async () => {
    const postgres = await startPostgres({ isDurable: false })
    try {
      for (const name of ['first', 'second', 'third']) {
        const url = postgres.database(name)
        const kits = await Promise.all(Array.from({ length: 8 }, () => openStoreKit({ type: 'postgres', url })))
        await Promise.all(kits.map((kit) => kit[Symbol.asyncDispose]()))
      }
    } finally {
      await postgres.stop()
    }
  })
})

describe('an S3 store that is not there', () => {
  let s3: Awaited<ReturnType<typeof startS3>>
  beforeAll(async () => {
    s3 = await startS3()
    Object.assign(process.env, s3.env)
  })
  afterAll(() => s3.stop())

  it('is told with a code, without its address', async () => {
    const key = 'jobs/00000000-0000-7000-8000-000000000000/input'
    for (const storage of [`s3://nothing?endpoint=${s3.endpoint}`, `s3://${s3.bucket}?endpoint=http://127.0.0.1:1`]) {
      const blobs = await openBlobs(storage, '')
      for (const attempt of [() => blobs.check(), () => blobs.put(key, new Uint8Array(1), { contentType: 'x' })]) {
        const error = await attempt().catch((thrown: unknown) => thrown)
        expect(error).toMatchObject({ code: 'STORAGE_FAILED' })
        expect(JSON.stringify(error)).not.toContain('127.0.0.1')
      }
    }
  })
})

describe('a server with its images in S3', () => {
  let s3: Awaited<ReturnType<typeof startS3>>
  let blobs: Blobs
  let data: string
  let served: Served
  beforeAll(async () => {
    s3 = await startS3()
    Object.assign(process.env, s3.env)
    const storage = `s3://${s3.bucket}/served?endpoint=${s3.endpoint}`
    blobs = await openBlobs(storage, '')
    data = await mkdtemp(join(tmpdir(), 'koutu-stores-'))
    served = await serve(data, '--storage', storage)
  })
  afterAll(async () => {
    await served.stop()
    await s3.stop()
    await rm(data, { recursive: true })
  })

  it('makes a result again from what the network found, and keeps nothing here', async () => {
    const ask = (path: string, init: RequestInit = {}) => fetch(`${served.url}${path}`, init)
    const example = join(import.meta.dirname, '../examples/photo.jpg')
    // Image and result pass as files.
    const body = new Uint8Array(await sharp(example).resize(2400).png().toBuffer())
    expect(body.length).toBeGreaterThan(2 ** 20)
    const first = await ask('/v1/cutouts', { method: 'POST', body, headers: { 'content-type': 'image/png' } })
    expect(first.status).toBe(200)
    const result = await first.bytes()
    expect(result.length).toBeGreaterThan(2 ** 20)
    const id = first.headers.get('koutu-job')!
    const { channels } = await sharp(await (await ask(`/v1/jobs/${id}/alpha`)).bytes()).metadata()
    expect(channels).toBe(1)

    const refined = async (options: object) => {
      const headers = { 'content-type': 'application/json' }
      const init = { method: 'POST', body: JSON.stringify({ options }), headers }
      const job = (await (await ask(`/v1/jobs/${id}/refine`, init)).json()) as { id: string }
      const state = async () => ((await (await ask(`/v1/jobs/${job.id}`)).json()) as { state: string }).state
      await expect.poll(state, { timeout: 60_000 }).toBe('succeeded')
      return { id: job.id, bytes: await (await ask(`/v1/jobs/${job.id}/result`)).bytes() }
    }
    const again = await refined({})
    expect(Buffer.from(again.bytes).equals(result)).toBe(true)
    const cropped = await refined({ crop: true, format: 'webp' })
    const { format, width } = await sharp(cropped.bytes).metadata()
    expect([format, width! < 2400]).toEqual(['webp', true])

    expect(await readdir(join(data, 'uploads'))).toEqual([])
    for (const each of [id, again.id, cropped.id]) await ask(`/v1/jobs/${each}`, { method: 'DELETE' })
    expect(await collect(blobs.list(''))).toEqual([])
  })
})
