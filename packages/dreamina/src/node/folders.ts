// Folders for the user's settings and unfinished work: the XDG base directory specification and its Windows equivalents.

import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

export type Environment = Readonly<Record<string, string | undefined>>

/** `$XDG_CONFIG_HOME/koutu`, `~/.config/koutu`, or `%APPDATA%\koutu`. */
export function configFolder(env: Environment): string {
  const fallback = process.platform === 'win32' ? env.APPDATA : undefined
  return join(absolute(env.XDG_CONFIG_HOME) ?? absolute(fallback) ?? join(homeOf(env), '.config'), 'koutu')
}

/** `$XDG_STATE_HOME/koutu`, `~/.local/state/koutu`, or `%LOCALAPPDATA%\koutu`. */
export function stateFolder(env: Environment): string {
  const fallback = process.platform === 'win32' ? env.LOCALAPPDATA : undefined
  return join(absolute(env.XDG_STATE_HOME) ?? absolute(fallback) ?? join(homeOf(env), '.local', 'state'), 'koutu')
}

/** The specification has relative values ignored. */
function absolute(path: string | undefined): string | null {
  return path !== undefined && isAbsolute(path) ? path : null
}

function homeOf(env: Environment): string {
  return absolute(env.HOME) ?? homedir()
}
