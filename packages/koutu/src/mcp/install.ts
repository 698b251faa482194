// Writes koutu into the configuration of a program that talks to assistants, beside whatever else is there.

import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { KoutuError } from '@koutu/core'
import type { Environment } from '../cli/environment.ts'
import { writeWhole } from '../write-file.ts'
import type { Host } from './hosts.ts'

export interface InstallRequest {
  /** Absolute. */
  readonly allow: readonly string[]
  /** Undefined to print the entry alone. */
  readonly install?: Host | undefined
  /** Show what would be written, and write nothing. */
  readonly print: boolean
}

interface HostFile {
  readonly path: string
  /** The key that holds the servers. */
  readonly key: 'mcpServers' | 'servers'
}

export type Machine = Pick<NodeJS.Process, 'platform'> & {
  readonly home: string
  readonly folder: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Where each host keeps its servers, as its documentation says. */
export function hostFile(host: Host, { platform, home, folder, env }: Machine): HostFile {
  const settings =
    platform === 'darwin'
      ? join(home, 'Library', 'Application Support')
      : platform === 'win32'
        ? (env.APPDATA ?? join(home, 'AppData', 'Roaming'))
        : (env.XDG_CONFIG_HOME ?? join(home, '.config'))
  switch (host) {
    case 'claude-desktop':
      return { path: join(settings, 'Claude', 'claude_desktop_config.json'), key: 'mcpServers' }
    case 'claude-code':
      return { path: join(folder, '.mcp.json'), key: 'mcpServers' }
    case 'cursor':
      return { path: join(home, '.cursor', 'mcp.json'), key: 'mcpServers' }
    case 'vscode':
      return { path: join(settings, 'Code', 'User', 'mcp.json'), key: 'servers' }
  }
}

/** Returns the exit code. Errors: INVALID_OPTIONS without a folder, INPUT_UNREADABLE for a file that is no JSON, OUTPUT_UNWRITABLE. */
export async function installInHost({ allow, install, print }: InstallRequest, env: Environment): Promise<number> {
  const entry = entryFor(allow)
  const machine = { platform: process.platform, home: homedir(), folder: process.cwd(), env: process.env }
  const file = install === undefined ? null : hostFile(install, machine)
  if (!file) {
    env.stdout.write(`${toText({ mcpServers: { koutu: entry } })}`)
    return 0
  }
  const before = await readConfiguration(file.path)
  const servers = before[file.key]
  if (servers !== undefined && (typeof servers !== 'object' || servers === null || Array.isArray(servers)))
    throw new KoutuError('INPUT_UNREADABLE', { detail: `expected an object at '${file.key}' in ${file.path}` })
  const after = { ...before, [file.key]: { ...servers, koutu: entry } }
  if (print) {
    env.stdout.write(`${file.path}\n${toText(after)}`)
    return 0
  }
  await writeWhole(file.path, Buffer.from(toText(after)))
  if (entry.args[0]!.includes(`${sep}_npx${sep}`))
    env.stderr.write(
      'koutu: npm may delete this copy of koutu, which npx made; npm install -g koutu makes one that stays\n',
    )
  env.stdout.write(`Added koutu to ${file.path}. Allowed folders: ${allow.join(', ') || 'none'}. Restart ${install}.\n`)
  return 0
}

/** With absolute paths: hosts start programs without a shell, and on Windows without PATHEXT. */
function entryFor(allow: readonly string[]): { command: string; args: string[] } {
  const bin = fileURLToPath(new URL('../../bin/koutu.js', import.meta.url))
  return { command: process.execPath, args: [bin, 'mcp', ...allow.flatMap((path) => ['--allow', path])] }
}

async function readConfiguration(path: string): Promise<Record<string, unknown>> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}'
    throw new KoutuError('INPUT_UNREADABLE', { detail: `${path}: ${error.message}`, cause: error })
  })
  try {
    // Some editors begin a file with a byte order mark, and an empty file is an empty configuration.
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, '') || '{}')
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // Falls through: comments and faults are not ours to lose.
  }
  throw new KoutuError('INPUT_UNREADABLE', {
    detail: `${path} is no plain JSON object; add the entry by hand: koutu mcp --print shows it`,
  })
}

function toText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
