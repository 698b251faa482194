// Jobs on PostgreSQL and images in S3: the suites that PGlite and the folder pass, on servers of our own.

import { openBlobs } from '@koutu/server'
import { blobsContract, jobContract, openStoreKit } from '@koutu/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
