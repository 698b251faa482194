// Where hosts keep their servers, and that nothing of theirs is lost.

import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runProgram } from '../cli/program.ts'
import { HOSTS } from './hosts.ts'
import { hostFile } from './install.ts'

let home = ''
let before: { readonly HOME: string | undefined; readonly XDG_CONFIG_HOME: string | undefined; readonly folder: string }
beforeEach(async () => {
  before = { HOME: process.env.HOME, XDG_CONFIG_HOME: process.env.XDG_CONFIG_HOME, folder: process.cwd() }
  home = await mkdtemp(join(tmpdir(), 'koutu-home-'))
  process.env.HOME = home
  process.env.USERPROFILE = home
  delete process.env.XDG_CONFIG_HOME
  process.chdir(home)
})
afterEach(async () => {
  process.chdir(before.folder)
  process.env.HOME = before.HOME
  if (before.XDG_CONFIG_HOME !== undefined) process.env.XDG_CONFIG_HOME = before.XDG_CONFIG_HOME
  await rm(home, { recursive: true, force: true })
})

async function run(...words: string[]) {
  const out: string[] = []
  const collect = { write: (chunk: string | Uint8Array) => out.push(String(chunk)) > 0 }
  const env = {
    stdin: (async function* () {})(),
    stdout: collect as never,
    stderr: collect as never,
    signal: new AbortController().signal,
    version: '1.2.3',
  }
  return { exit: await runProgram(['mcp', ...words], env), out: out.join('') }
}

const placeOf = (host: (typeof HOSTS)[number]) =>
  hostFile(host, { platform: process.platform, home, folder: home, env: process.env })

describe('koutu mcp --install', () => {
  it.each(HOSTS)('adds koutu for %s with absolute paths, and twice is once', async (host) => {
    const { path, key } = placeOf(host)
    for (let i = 0; i < 2; i++) expect((await run('--install', host, '--allow', home, '--allow', '/b')).exit).toBe(0)
    const { koutu } = JSON.parse(await readFile(path, 'utf8'))[key]
    expect(isAbsolute(koutu.command)).toBe(true)
    expect((await stat(koutu.args[0])).isFile()).toBe(true)
    expect(koutu.args.slice(1)).toEqual(['mcp', '--allow', home, '--allow', '/b'])
  })

  it('takes several folders at once, relative ones, and those below home', async () => {
    const { out } = await run('--print', '--allow', 'a', '~/b', '--allow', '/c')
    const { args } = JSON.parse(out).mcpServers.koutu
    const folder = process.cwd()
    expect(args.slice(2)).toEqual(['--allow', join(folder, 'a'), '--allow', join(home, 'b'), '--allow', '/c'])
  })

  it('keeps what else is there', async () => {
    const { path } = placeOf('claude-code')
    await writeFile(path, '\uFEFF{"theme":"dark","mcpServers":{"other":{"command":"x"},"koutu":{"command":"old"}}}')
    await run('--install', 'claude-code')
    const after = JSON.parse(await readFile(path, 'utf8'))
    expect(after).toMatchObject({ theme: 'dark', mcpServers: { other: { command: 'x' } } })
    expect(after.mcpServers.koutu.command).not.toBe('old')
  })

  it.each(['{ // a comment\n}', '[]', '{"mcpServers":[]}', 'x'])('leaves a file with %j as it is', async (text) => {
    const { path } = placeOf('claude-code')
    await writeFile(path, text)
    const { exit, out } = await run('--install', 'claude-code')
    expect(exit).toBe(1)
    expect(out).toContain('INPUT_UNREADABLE')
    expect(await readFile(path, 'utf8')).toBe(text)
  })

  it('only shows with --print', async () => {
    const { path } = placeOf('cursor')
    const { exit, out } = await run('--install', 'cursor', '--print')
    expect(exit).toBe(0)
    expect(out).toContain(path)
    expect(JSON.parse(out.slice(out.indexOf('{')))).toHaveProperty('mcpServers.koutu')
    await expect(stat(path)).rejects.toThrow()
    expect(JSON.parse((await run('--print')).out)).toHaveProperty('mcpServers.koutu.args')
  })

  it('knows the places of other systems', () => {
    const windows = { platform: 'win32', home: 'C:\\Users\\a', folder: 'C:\\w', env: { APPDATA: '/roaming' } } as const
    expect(hostFile('claude-desktop', windows).path).toBe(join('/roaming', 'Claude', 'claude_desktop_config.json'))
    expect(hostFile('vscode', windows)).toEqual({ path: join('/roaming', 'Code', 'User', 'mcp.json'), key: 'servers' })
    const mac = { platform: 'darwin', home: '/Users/a', folder: '/w', env: {} } as const
    expect(hostFile('claude-desktop', mac).path).toBe(
      '/Users/a/Library/Application Support/Claude/claude_desktop_config.json',
    )
  })
})
