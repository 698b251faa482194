// The folder store: the contract, and what only a folder can get wrong.

import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { blobsContract, collect, createMemoryBlobs } from '@koutu/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFolderBlobs } from './folder.ts'

blobsContract('folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'koutu-blobs-'))
  return { blobs: createFolderBlobs(folder), close: () => rm(folder, { recursive: true }) }
})

blobsContract('memory, for tests', async () => ({ blobs: createMemoryBlobs(), close: async () => {} }))

describe('the folder', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'koutu-blobs-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const key = (suffix: string) => `jobs/00000000-0000-7000-8000-00000000${suffix}/input`
  const put = (suffix: string) =>
    createFolderBlobs(folder).put(key(suffix), new Uint8Array(3), { contentType: 'image/png' })

  it('spreads ids over folders by their random end, and takes folders away with their last file', async () => {
    await put('abcd')
    await put('ffcd')
    expect((await readdir(join(folder, 'jobs/cd'))).sort()).toEqual(['ab', 'ff'])
    await createFolderBlobs(folder).delete([key('abcd')])
    expect(await readdir(join(folder, 'jobs/cd'))).toEqual(['ff'])
    await createFolderBlobs(folder).delete([key('ffcd')])
    expect(await readdir(folder)).toEqual(['unfinished'])
  })

  it('lets nobody else read files', async () => {
    await put('abcd')
    const { mode } = await stat(join(folder, 'jobs/cd/ab/00000000-0000-7000-8000-00000000abcd/input'))
    expect(mode & 0o077).toBe(0)
  })

  it('lists nothing unfinished, and cleans it up when it is old', async () => {
    await mkdir(join(folder, 'unfinished'))
    const [old, young] = [join(folder, 'unfinished/old'), join(folder, 'unfinished/young')]
    await writeFile(old, 'x')
    await writeFile(young, 'x')
    await utimes(old, new Date(0), new Date(0))
    const blobs = createFolderBlobs(folder)
    expect(await collect(blobs.list('jobs/'))).toEqual([])
    await blobs.clean(Date.now())
    expect(await readdir(join(folder, 'unfinished'))).toEqual(['young'])
  })

  it('says with a code that it cannot write, and no path', async () => {
    const file = join(folder, 'file')
    await writeFile(file, 'x')
    const blobs = createFolderBlobs(join(file, 'below'))
    const error = await blobs
      .put(key('abcd'), new Uint8Array(1), { contentType: 'x' })
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'STORAGE_FAILED' })
    expect(JSON.stringify(error)).not.toContain(folder)
    await expect(blobs.check()).rejects.toMatchObject({ code: 'STORAGE_FAILED' })
  })
})
