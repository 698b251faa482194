// Completion in bash itself: what is offered for a line, for every command of the table.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeOptions } from '@koutu/core'
import { afterAll, describe, expect, it } from 'vitest'
import { commandBench } from '../command.fixture.ts'
import { optionsOf } from '../command-spec.ts'
import { COMMANDS, CUTOUT } from '../commands.ts'
import { bashScript } from './bash.ts'
import { completedCommands } from './completed-commands.ts'

const folder = mkdtempSync(join(tmpdir(), 'koutu-completion-'))
afterAll(() => rmSync(folder, { recursive: true }))
writeFileSync(join(folder, 'photo one.jpg'), '')
const script = bashScript(await completedCommands())

/** What bash offers for each line, whose last word is being typed. */
function offered(...lines: readonly (readonly string[])[]): string[][] {
  const asked = lines.map((words) => {
    const quoted = words.map((word) => `'${word}'`).join(' ')
    return `COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _koutu; printf '%s\\n' "\${COMPREPLY[@]}"; echo =====`
  })
  const text = execFileSync('bash', ['--norc', '-c', [script, ...asked].join('\n')], { cwd: folder, encoding: 'utf8' })
  return text
    .split('=====\n')
    .slice(0, -1)
    .map((part) => part.split('\n').filter(Boolean))
}

describe('completion in bash', () => {
  it.each<[string[], string[]]>([
    [['koutu', 'mo'], ['models']],
    [
      ['koutu', 'models', ''],
      ['list', 'pull', 'verify', 'calibrate', 'remove'],
    ],
    [['koutu', 'models', 'pull', 'isnet-g'], ['isnet-general-use']],
    [
      ['koutu', '--format', 'p'],
      ['png', 'psd'],
    ],
    [['koutu', '--format', '=', 'w'], ['webp']],
    [['koutu', 'photo one.jpg', '-b', 'bl'], ['blur']],
    [['koutu', 'ph'], ['photo one.jpg']],
    [['koutu', 'apply', 'ph'], ['photo one.jpg']],
    [['koutu', 'apply', '--inv'], ['--invert']],
    [['koutu', '-j', ''], []],
    [
      ['koutu', 'completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [
      ['koutu', 'nothing', '--mod'],
      ['--model', '--model-size', '--model-mean', '--model-std', '--model-output'],
    ],
  ])('%j offers %j', (line, words) => {
    expect(offered(line)).toEqual([words])
  })

  it('offers every flag of every command, and no other', async () => {
    const all = [CUTOUT, ...COMMANDS]
    const flags = offered(...all.map(({ name }) => ['koutu', ...name.split(' ').filter(Boolean), '--']))
    for (const [i, spec] of all.entries()) {
      const own = describeOptions(await optionsOf(spec)).map(({ flag }) => flag)
      expect(flags[i], spec.name).toEqual([...own, '--help'])
    }
  })
})

describe('koutu completion', () => {
  const bench = commandBench()

  it.each(['bash', 'zsh', 'fish'])('prints the script for %s', async (shell) => {
    const { code, stdout } = await bench.here('completion', shell)
    expect([code, stdout]).toEqual([0, expect.stringContaining(`Completion of koutu for ${shell}`)])
  })

  it('names the shells it knows', async () => {
    const { code, stderr } = await bench.here('completion', 'tcsh')
    expect([code, stderr]).toEqual([2, expect.stringContaining("Expected one of bash, zsh, fish but received 'tcsh'")])
  })
})
