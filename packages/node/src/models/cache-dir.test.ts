// The cache folder by each system's custom.

import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cacheDir } from './cache-dir.ts'

const at = (platform: NodeJS.Platform, env: Record<string, string> = {}) =>
  cacheDir({ env, platform, home: '/home/ann' })

describe('cacheDir', () => {
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
})
