// Where koutu keeps what can be made or fetched again: by the custom of each system, or in a temporary folder where that
// place cannot be written, as with a read-only file system or without a home.

import { homedir, tmpdir } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import type { Warning } from '@koutu/core'

// An import of `node:fs` loads the streams and promises of files, too.
const { accessSync, constants, existsSync, lstatSync, mkdirSync } = process.getBuiltinModule('node:fs')

export interface CacheDirSetting {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly home: string
  /** Folder for temporary files. */
  readonly temporary: string
}

export interface CacheFolder {
  readonly path: string
  /** Set where the cache is a temporary one. */
  readonly warning: Warning | null
}

/**
 * The cache folder. KOUTU_CACHE_DIR is used as it is. A customary folder that cannot be written and holds no models is
 * replaced by a temporary folder that this user alone may enter.
 */
export function cacheFolder(setting: CacheDirSetting = thisMachine()): CacheFolder {
  const path = customaryCacheDir(setting)
  if (setting.env.KOUTU_CACHE_DIR || canWrite(path) || existsSync(join(path, 'models'))) return { path, warning: null }
  const temporary = privateFolder(temporaryCache(setting.temporary))
  if (temporary === null) return { path, warning: null }
  const message = `The cache folder ${path} cannot be written; ${temporary} is used instead. Set KOUTU_CACHE_DIR to a folder that is kept.`
  return { path: temporary, warning: { code: 'cache-temporary', message } }
}

/** Path of the cache folder. */
export function cacheDir(): string {
  return cacheFolder().path
}

/**
 * KOUTU_CACHE_DIR, else XDG_CACHE_HOME/koutu, else the system's own place: ~/.cache/koutu, ~/Library/Caches/koutu or
 * %LOCALAPPDATA%\koutu\Cache. Touches no file.
 */
export function customaryCacheDir({ env, platform, home }: Omit<CacheDirSetting, 'temporary'>): string {
  if (env.KOUTU_CACHE_DIR) return resolve(env.KOUTU_CACHE_DIR)
  const xdg = env.XDG_CACHE_HOME
  // The XDG specification says that relative paths are to be ignored.
  if (xdg && isAbsolute(xdg)) return join(xdg, 'koutu')
  // Without a home, never a folder below the working folder.
  const base = isAbsolute(home) ? home : '/'
  if (platform === 'darwin') return join(base, 'Library', 'Caches', 'koutu')
  if (platform === 'win32') return join(env.LOCALAPPDATA || join(base, 'AppData', 'Local'), 'koutu', 'Cache')
  return join(base, '.cache', 'koutu')
}

function thisMachine(): CacheDirSetting {
  return { env: process.env, platform: process.platform, home: homeOrNone(), temporary: tmpdir() }
}

/** Node throws where HOME is unset and the user is not in the system's list, as in a container with `--user 1234`. */
function homeOrNone(): string {
  try {
    return homedir()
  } catch {
    return ''
  }
}

function canWrite(folder: string): boolean {
  try {
    makeFolder(folder)
    accessSync(folder, constants.W_OK)
    return lstatSync(join(folder, '.')).isDirectory()
  } catch {
    return false
  }
}

/** Node's own `recursive` never ends where the file system says of a new folder that its parent is missing, as /proc does. */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  if (dirname(path) !== path) makeFolder(dirname(path))
  makeOne(path)
}

/** Another thread or process may make the same folder at the same time. */
function makeOne(path: string, mode?: number): void {
  try {
    mkdirSync(path, { mode })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** The same folder for every process of this user. */
function temporaryCache(temporary: string): string {
  const uid = process.getuid?.()
  return join(resolve(temporary), uid === undefined ? 'koutu-cache' : `koutu-cache-${uid}`)
}

/**
 * A folder that this user alone may enter, made where it is missing. Null where it cannot be made or somebody else might have
 * filled it: it holds code, or leads to a process.
 */
export function privateFolder(path: string): string | null {
  const uid = process.getuid?.()
  try {
    makeFolder(dirname(path))
    makeOne(path, 0o700)
    const status = lstatSync(path)
    const isOurs = uid === undefined || (status.uid === uid && (status.mode & 0o077) === 0)
    return status.isDirectory() && isOurs && canWrite(path) ? path : null
  } catch {
    return null
  }
}
