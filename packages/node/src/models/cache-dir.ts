// Where koutu keeps what can be made or fetched again. Follows each system's custom; touches no file.

import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'

export interface CacheDirSetting {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly home: string
}

/**
 * KOUTU_CACHE_DIR, else XDG_CACHE_HOME/koutu, else the system's own place: ~/.cache/koutu, ~/Library/Caches/koutu or
 * %LOCALAPPDATA%\koutu\Cache.
 */
export function cacheDir(
  { env, platform, home }: CacheDirSetting = { env: process.env, platform: process.platform, home: homedir() },
): string {
  if (env.KOUTU_CACHE_DIR) return resolve(env.KOUTU_CACHE_DIR)
  const xdg = env.XDG_CACHE_HOME
  // The XDG specification says that relative paths are to be ignored.
  if (xdg && isAbsolute(xdg)) return join(xdg, 'koutu')
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'koutu')
  if (platform === 'win32') return join(env.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'koutu', 'Cache')
  return join(home, '.cache', 'koutu')
}
