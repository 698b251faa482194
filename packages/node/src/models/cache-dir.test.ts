// The cache folder by each system's custom, and where that cannot be written.

import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cacheFolder, customaryCacheDir } from './cache-dir.ts'

const at = (platform: NodeJS.Platform, env: Record<string, string> = {}, home = '/home/ann') =>
  customaryCacheDir({ env, platform, home })

describe('customaryCacheDir', () => {
  it('follows the custom of the system', () => {
    expect(at('linux')).toBe(join('/home/ann', '.cache', 'koutu'))
    expect(at('darwin')).toBe(join('/home/ann', 'Library', 'Caches', 'koutu'))
    expect(at('win32')).toBe(join('/home/ann', 'AppData', 'Local', 'koutu', 'Cache'))
    expect(at('win32', { LOCALAPPDATA: '/l' })).toBe(join('/l', 'koutu', 'Cache'))
  })

  it('obeys KOUTU_CACHE_DIR, then an absolute XDG_CACHE_HOME', () => {
    expect(at('linux', { KOUTU_CACHE_DIR: 'here', XDG_CACHE_HOME: '/xdg' })).toBe(resolve('here'))
    expect(at('darwin', { XDG_CACHE_HOME: '/xdg' })).toBe(join('/xdg', 'koutu'))
    expect(at('linux', { XDG_CACHE_HOME: 'relative', KOUTU_CACHE_DIR: '' })).toBe(join('/home/ann', '.cache', 'koutu'))
  })

  it('is never below the working folder where there is no home', () => {
    expect(at('linux', {}, '')).toBe(join('/', '.cache', 'koutu'))
  })
})

describe.skipIf(process.platform === 'win32')('cacheFolder', () => {
  let folder = ''
  let temporary = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'koutu-cache-dir-'))
    temporary = join(folder, 'tmp')
    await mkdir(temporary)
  })
  afterEach(() => rm(folder, { recursive: true }))

  const open = (home: string, env: Record<string, string> = {}) =>
    cacheFolder({ env, platform: 'linux', home, temporary })
  /** Root may write to read-only folders, so a file stands where the folder should be. */
  const brokenHome = async () => {
    await writeFile(join(folder, 'home'), '')
    return join(folder, 'home')
  }
  const ours = () => join(temporary, `koutu-cache-${process.getuid!()}`)

  it('is made where it can be', () => {
    const path = join(folder, '.cache', 'koutu')
    expect(open(folder)).toEqual({ path, warning: null })
    expect(open(folder)).toEqual({ path, warning: null })
  })

  it('is a private temporary folder, the same every time, where the home cannot be written', async () => {
    const home = await brokenHome()
    const first = open(home)
    expect(first).toEqual({
      path: ours(),
      warning: { code: 'cache-temporary', message: expect.stringMatching(/home\/\.cache\/koutu .*KOUTU_CACHE_DIR/) },
    })
    expect((await stat(first.path)).mode & 0o777).toBe(0o700)
    expect(open(home)).toEqual(first)
  })

  it.skipIf(process.platform !== 'linux')('ends where the system refuses every folder, as /proc and /sys do', () => {
    for (const home of ['/proc', '/sys']) expect(open(home).path).toBe(ours())
  })

  it('is the folder that KOUTU_CACHE_DIR names, even if it cannot be written', async () => {
    const named = join(await brokenHome(), 'named')
    expect(open(folder, { KOUTU_CACHE_DIR: named })).toEqual({ path: named, warning: null })
    expect(await readdir(temporary)).toEqual([])
  })

  it('is never a folder that somebody else may have filled', async () => {
    const home = await brokenHome()
    const refused = { path: join(home, '.cache', 'koutu'), warning: null }
    await mkdir(ours())
    await chmod(ours(), 0o777)
    expect(open(home)).toEqual(refused)
    await rm(ours(), { recursive: true })
    await mkdir(join(folder, 'elsewhere'), { mode: 0o700 })
    await symlink(join(folder, 'elsewhere'), ours())
    expect(open(home)).toEqual(refused)
  })

  it.skipIf(process.getuid?.() === 0)('stays a read-only folder that holds models', async () => {
    const path = join(folder, '.cache', 'koutu')
    await mkdir(join(path, 'models'), { recursive: true })
    await chmod(path, 0o500)
    expect(open(folder)).toEqual({ path, warning: null })
    await chmod(path, 0o700)
  })
})
