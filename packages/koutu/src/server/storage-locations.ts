// Where a server keeps its data, from flags and the environment. A database URL is a secret: the environment keeps it out of
// the process list.

import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { invalidOptions } from '@koutu/core'
import type { DatabaseSettings } from '@koutu/server'

type Environment = Readonly<Record<string, string | undefined>>

export interface LocationFlags {
  readonly data?: string | undefined
  readonly databaseUrl?: string | undefined
  readonly databaseConnections?: number | undefined
  readonly repair?: boolean | undefined
}

/** `--data`, KOUTU_DATA_DIR, `$XDG_DATA_HOME/koutu`, `%LOCALAPPDATA%\koutu\Data` or `~/.local/share/koutu`. */
export function dataFolder(flag: string | undefined, env: Environment = process.env): string {
  if (flag) return resolve(flag)
  if (env.KOUTU_DATA_DIR) return resolve(env.KOUTU_DATA_DIR)
  const xdg = env.XDG_DATA_HOME
  // The XDG specification says that relative paths are to be ignored.
  if (xdg && isAbsolute(xdg)) return join(xdg, 'koutu')
  if (process.platform === 'win32' && env.LOCALAPPDATA) return join(env.LOCALAPPDATA, 'koutu', 'Data')
  return join(homedir(), '.local', 'share', 'koutu')
}

/** `--database-url` or KOUTU_DATABASE_URL; without either the one in the data folder. Errors: INVALID_OPTIONS. */
export function databaseOf(flags: LocationFlags, env: Environment = process.env): DatabaseSettings {
  const url = flags.databaseUrl ?? env.KOUTU_DATABASE_URL
  if (!url) {
    const folder = dataFolder(flags.data, env)
    return { type: 'folder', folder, ...(flags.repair ? { mayRepair: true } : {}) }
  }
  if (!/^postgres(ql)?:\/\//.test(url))
    throw invalidOptions([{ path: '--database-url', message: 'Expected a URL that begins with postgres://' }])
  return { type: 'postgres', url, maxConnections: flags.databaseConnections }
}

/** `--storage` or KOUTU_STORAGE; undefined for a folder in the data folder. */
export function storageOf(flag: string | undefined, env: Environment = process.env): string | undefined {
  return flag ?? (env.KOUTU_STORAGE || undefined)
}
