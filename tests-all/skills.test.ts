// Each command of the skills, run as a reader would type it. What needs an account is run without one, and must say so.

import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const run = promisify(execFile)
let folder = ''
let env: NodeJS.ProcessEnv = {}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-skills-'))
  await mkdir(join(folder, 'photos'))
  await mkdir(join(folder, 'bin'))
  await copyFile(join(ROOT, 'examples/photo.jpg'), join(folder, 'photo.jpg'))
  await copyFile(join(ROOT, 'examples/photo.jpg'), join(folder, 'photos/one.jpg'))
  const bin = join(ROOT, 'packages/koutu/bin/koutu.js')
  await writeFile(join(folder, 'bin/koutu'), `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`, { mode: 0o755 })
  await symlink(process.execPath, join(folder, 'bin/node'))
  env = {
    ...process.env,
    PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}`,
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_STATE_HOME: join(folder, 'state'),
  }
  delete env.DREAMINA_SESSIONID
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function commandsOf(skill: string): Promise<string[]> {
  const home = join(ROOT, 'packages/mcp/skills', skill)
  const texts = await Promise.all(['SKILL.md', 'references/zh-CN.md'].map((name) => readFile(join(home, name), 'utf8')))
  const blocks = texts.flatMap((text) => [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block!))
  return [...new Set(blocks.flatMap((block) => block.trim().split('\n')))]
}

const shell = (command: string) => run('/bin/sh', ['-c', command], { cwd: folder, env })

describe('the skill koutu', () => {
  it('holds commands that work', async () => {
    const commands = await commandsOf('koutu')
    expect(commands.length).toBeGreaterThan(7)
    for (const command of commands) await expect(shell(command), command).resolves.toBeDefined()
    const made = await readdir(folder)
    for (const name of [
      'photo.cutout.png',
      'product.jpg',
      'pink.webp',
      'mask.png',
      'shadow.png',
      'marked.png',
      'best.png',
    ])
      expect(made).toContain(name)
    expect(await readdir(join(folder, 'cutouts'))).toEqual(['one.png'])
  })
})

describe('the skill koutu-dreamina', () => {
  it('holds commands that work, or ask for a login', async () => {
    const commands = await commandsOf('koutu-dreamina')
    expect(commands.length).toBeGreaterThan(4)
    for (const command of commands) {
      const outcome = await shell(`${command} </dev/null`).catch((error: { stderr: string; stdout: string }) => error)
      const isOffline = command.includes('explain')
      if (isOffline) expect(outcome.stdout, command).toContain('imagex')
      else expect(`${outcome.stdout}${outcome.stderr}`, command).toMatch(/\[ENGINE_LOGIN_REQUIRED\]|Not logged in/)
    }
  })
})
