// The command line as it is made from the table of commands, in this process.

import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describeOptions } from '@koutu/core'
import { afterEach, describe, expect, it } from 'vitest'
import { optionsOf } from './command-spec.ts'
import { COMMANDS, CUTOUT, GROUPS } from './commands.ts'
import { runProgram } from './program.ts'

async function run(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const [stdout, stderr, stdin] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const code = await runProgram(words, { stdin, stdout, stderr, signal: AbortSignal.abort(), version: '1.2.3' })
  const text = (stream: PassThrough) => String(stream.read() ?? '')
  return { code, stdout: text(stdout), stderr: text(stderr) }
}

describe('the table of commands', () => {
  it('names each command once, in the imperative, below a group that exists', () => {
    expect(new Set(COMMANDS.map(({ name }) => name)).size).toBe(COMMANDS.length)
    for (const { name, about } of COMMANDS) {
      expect(about, name).toMatch(/^[A-Z][a-z]+ .*[^.]\.$/)
      expect(about.split(' ')[0], name).not.toMatch(/[^s]s$/)
      const [first = '', second] = name.split(' ')
      expect(first in GROUPS, name).toBe(second !== undefined)
    }
  })

  it('is what every help prints: sentence, arguments, flags', async () => {
    for (const spec of [CUTOUT, ...COMMANDS]) {
      const { name, about, args } = spec
      const { code, stdout } = await run(...name.split(' ').filter(Boolean), '--help')
      const help = stdout.replace(/\s+/g, ' ')
      expect(code, name).toBe(0)
      expect(help).toContain(about)
      for (const argument of args) expect(help).toContain(argument.about)
      for (const { flag } of describeOptions(await optionsOf(spec))) expect(help, name).toContain(`${flag} `)
    }
  })
})

describe('koutu help', () => {
  it.each([['serve'], ['keys', 'create'], ['models']])('%s prints what --help prints', async (...words) => {
    const { stdout } = await run('help', ...words)
    expect(stdout).toBe((await run(...words, '--help')).stdout)
    expect(stdout).toContain(`Usage: koutu ${words.join(' ')}`)
  })
})

describe('koutu alone', () => {
  it('prints at most ten lines with the commands people need', async () => {
    const { code, stdout, stderr } = await run()
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(10)
    for (const command of ['koutu photo.jpg', 'koutu photos/ -o out/', 'koutu serve', 'koutu --help'])
      expect(stderr).toContain(command)
  })
})

describe('flags', () => {
  it.each([
    [['x.png', '-o', '-o', 'x'], '--output: Expected a value but received the flag -o'],
    [['x.png', '--model', '--crop'], '--model: Expected a value but received the flag --crop'],
    [['x.png', '--lossy-quality', '300'], '--lossy-quality: '],
    [['keys', 'create', 'x', '--rate', '0'], '--rate: '],
    [['eval', 'x', '--hardest', '0'], '--hardest: '],
    [['dreamina', 'status', '--region', 'XX'], '--region: '],
  ])('%j are refused by their names', async (words, text) => {
    const { code, stderr } = await run(...words)
    expect(code).toBe(2)
    expect(stderr).toContain(text)
    expect(stderr).toContain('[INVALID_OPTIONS]')
  })
})

describe('a folder with the name of a command', () => {
  const before = process.cwd()
  afterEach(() => process.chdir(before))

  it('loses to the command, and is told how to be named', async () => {
    process.chdir(await mkdtemp(join(tmpdir(), 'koutu-clash-')))
    await writeFile('models', '')
    expect((await run('models')).stderr).toContain('write ./models')
    expect((await run('models', 'list', '--help')).stderr).toBe('')
    expect((await run('doctor', '--help')).stderr).toBe('')
  })
})
