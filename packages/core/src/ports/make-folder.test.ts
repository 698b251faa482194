// On the real file system, and on one that forgets its folders at once, as /proc does.

import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeFolder } from './make-folder.ts'

const files = { mkdir, stat, dirname }
const failure = (code: string) => Object.assign(new Error(code), { code })

let base: string
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'koutu-make-folder-'))
})
afterAll(() => rm(base, { recursive: true, force: true }))

describe('makeFolder', () => {
  it('makes the folders above, with the mode given, and leaves what exists alone', async () => {
    const path = join(base, 'a/b/c')
    await makeFolder(path, files, 0o700)
    for (const made of [path, dirname(path)]) expect((await stat(made)).mode & 0o777).toBe(0o700)
    await makeFolder(path, files, 0o755)
    expect((await stat(path)).mode & 0o777).toBe(0o700)
  })

  it('makes one folder at the same time from many calls', async () => {
    const path = join(base, 'at/the/same/time')
    await Promise.all(Array.from({ length: 20 }, () => makeFolder(path, files)))
    expect((await stat(path)).isDirectory()).toBe(true)
  })

  it('refuses a file in the way', async () => {
    await writeFile(join(base, 'file'), '')
    await expect(makeFolder(join(base, 'file'), files)).rejects.toMatchObject({ code: 'EEXIST' })
    await expect(makeFolder(join(base, 'file/below'), files)).rejects.toMatchObject({ code: 'ENOTDIR' })
  })

  it('ends where the parent stays missing', async () => {
    let calls = 0
    const forgetful = {
      dirname,
      stat: () => Promise.reject(failure('ENOENT')),
      mkdir: (path: string) => {
        calls++
        return path === '/' ? Promise.reject(failure('EEXIST')) : Promise.reject(failure('ENOENT'))
      },
    }
    await expect(makeFolder('/proc/x/y', forgetful)).rejects.toMatchObject({ code: 'EEXIST' })
    expect(calls).toBeLessThan(10)
  })

  it.runIf(process.platform === 'linux')('ends under /proc', async () => {
    await expect(makeFolder('/proc/koutu/x', files)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
