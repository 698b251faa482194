// What only other programs can say: completion in zsh and fish, and the manual page in man and mandoc.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const MANUAL = join(root, 'packages/koutu/man/koutu.1')
const folder = mkdtempSync(join(tmpdir(), 'koutu-shells-'))
afterAll(() => rmSync(folder, { recursive: true }))

const run = (program: string, ...args: string[]) =>
  execFileSync(program, args, { cwd: folder, encoding: 'utf8', timeout: 10_000, stdio: ['ignore', 'pipe', 'pipe'] })

beforeAll(() => {
  writeFileSync(join(folder, 'photo one.jpg'), '')
  for (const shell of ['zsh', 'fish']) {
    const script = run(process.execPath, join(root, 'packages/koutu/bin/koutu.js'), 'completion', shell)
    writeFileSync(join(folder, `koutu.${shell}`), script)
  }
})

describe('completion in fish', () => {
  it.each<[string, string[]]>([
    ['koutu mode', ['models']],
    ['koutu models p', ['pull']],
    ['koutu models pull isnet-g', ['isnet-general-use']],
    ['koutu --format p', ['png', 'psd']],
    ['koutu --format=w', ['--format=webp']],
    ['koutu apply --inv', ['--invert']],
    ['koutu ph', ['photo one.jpg']],
    ['koutu doctor ph', []],
  ])('%s', (line, words) => {
    const lines = run('fish', '--no-config', '-c', `source koutu.fish; complete -C '${line}'`).split('\n')
    const offered = lines.filter(Boolean).map((text) => text.split('\t')[0]!)
    expect(offered.sort()).toEqual(words)
  })
})

describe('completion in zsh', () => {
  /** The line after Tab was pressed at its end, in a terminal. */
  function completed(line: string): string {
    const setup = [
      'autoload -U compinit; compinit -u -D; source koutu.zsh',
      'show() { print -r -- "line:$BUFFER;end" }; zle -N show; bindkey "^X" show',
    ].join('; ')
    writeFileSync(
      join(folder, 'ask.zsh'),
      `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell '${setup}'
zpty -w -n shell "$1"$'\\t\\C-x'
zpty -r -m shell out '*line:koutu*;end*'
print -r -- "\${\${out##*line:}%%;end*}"`,
    )
    return run('zsh', '-f', 'ask.zsh', line)
  }

  it.each([
    ['koutu mode', 'models'],
    ['koutu models pul', 'pull'],
    ['koutu --format=we', '--format=webp'],
    ['koutu apply --inv', '--invert'],
    ['koutu ph', 'photo\\ one.jpg'],
  ])('%s', (line, word) => {
    expect(completed(line).trim().split(' ').slice(-word.split(' ').length).join(' ')).toBe(word)
  })
})

describe('the manual page', () => {
  it('is shown by man without a warning, with every section', () => {
    const text = execFileSync('bash', ['-c', `man -l --warnings=w "$1" 2>&1`, '_', MANUAL], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C.UTF-8', MANWIDTH: '100' },
    })
    expect(text).not.toContain('warning')
    expect(text).toMatch(/^KOUTU\(1\)/)
    for (const heading of ['SYNOPSIS', 'OPTIONS', 'COMMANDS', 'EXAMPLES', 'EXIT STATUS'])
      expect(text).toMatch(new RegExp(`^${heading}$`, 'm'))
    expect(text).toContain('--background transparent|COLOR|blur|FILE')
    expect(text).toContain("koutu photos/ 'more/**/*.webp' -o out/")
  })

  it('is clean for mandoc', () => {
    const lint = 'mandoc -T lint -W warning "$1"; true'
    const lines = run('bash', '-c', lint, '_', MANUAL).trim().split('\n')
    // A date would change with every day it is made on.
    expect(lines).toEqual([expect.stringContaining('missing date')])
  })
})
