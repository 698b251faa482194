import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isKoutuError } from '@koutu/core'
import { createMemoryBlobs } from '@koutu/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createFolderBlobs } from '../blobs/folder.ts'
import type { LocalFile } from '../ports/ports.ts'
import { openAttemptFiles } from './attempt-files.ts'

const KEY = 'jobs/00000000-0000-7000-8000-000000000001/input'
const PNG = { contentType: 'image/png' }
const small = randomBytes(2 ** 20)
const large = randomBytes(2 ** 20 + 1)
const code = (error: unknown) => (isKoutuError(error) ? error.code : error)

let folder: string
let temp: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-attempt-'))
  temp = join(folder, 'temp')
})
afterAll(() => rm(folder, { recursive: true }))

it('passes small images as bytes, and large ones as files that go with the attempt', async () => {
  const blobs = createMemoryBlobs()
  await using files = await openAttemptFiles(blobs, temp)
  expect(await files.read(await blobs.put(KEY, small, PNG))).toEqual(new Uint8Array(small))
  const { path } = (await files.read(await blobs.put(KEY, large, PNG))) as LocalFile
  expect(large.equals(await readFile(path))).toBe(true)
  await writeFile(files.resultPath, 'a result')
  await files[Symbol.asyncDispose]()
  expect(await readdir(temp)).toEqual([])
})

it('passes files of a store on this machine as they lie there', async () => {
  const blobs = createFolderBlobs(join(folder, 'blobs'))
  const blob = await blobs.put(KEY, large, PNG)
  const files = await openAttemptFiles(blobs, temp)
  const { path } = (await files.read(blob)) as LocalFile
  expect(large.equals(await readFile(path))).toBe(true)
  expect(await readdir(temp)).toEqual([])
  await files[Symbol.asyncDispose]()
  await writeFile(path, Buffer.from(large).fill(0, 5, 9))
  expect(await files.read(blob).catch(code)).toBe('BLOB_DAMAGED')
  await blobs.delete([KEY])
  expect(await files.read(blob).catch(code)).toBe('INPUT_NOT_FOUND')
})

it.each([
  ['cut', large.subarray(1)],
  ['longer', Buffer.concat([large, small])],
  ['changed', Buffer.from(large).fill(0, 5, 9)],
])('refuses one that is %s', async (_, damaged) => {
  const blobs = createMemoryBlobs()
  await using files = await openAttemptFiles(blobs, temp)
  const blob = await blobs.put(KEY, large, PNG)
  await blobs.put(KEY, damaged, PNG)
  expect(await files.read(blob).catch(code)).toBe('BLOB_DAMAGED')
})

it('leaves nothing of what is read after its end', async () => {
  const blobs = createMemoryBlobs()
  const blob = await blobs.put(KEY, large, PNG)
  const files = await openAttemptFiles(blobs, temp)
  await files[Symbol.asyncDispose]()
  expect(await files.read(blob).catch(code)).toBe('ABORTED')
  expect(await readdir(temp)).toEqual([])
})
