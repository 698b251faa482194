// The documents against what they describe: generated tables are current, and flags in examples exist.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeOptions, ERRORS } from '@koutu/core'
import { describe, expect, it } from 'vitest'
import { COMMANDS, CUTOUT } from '../packages/koutu/src/cli/commands.ts'

const root = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

describe('the documents', () => {
  it('have current tables', () => {
    expect(() =>
      execFileSync(process.execPath, [join(root, 'tools/docs.ts'), '--check'], { stdio: 'pipe' }),
    ).not.toThrow()
  })

  it('list every error code', () => {
    const listed = [...read('docs/errors.md').matchAll(/^\| `([A-Z_]+)` /gm)].map((match) => match[1])
    expect(listed.sort()).toEqual(Object.keys(ERRORS).sort())
  })

  it.each([
    ['README.md', 10],
    ['docs/finishing.md', 5],
    ['docs/server.md', 5],
  ])('name only flags that exist: %s', (document, least) => {
    const known = new Set(['--help', '--version'])
    for (const { options } of [CUTOUT, ...COMMANDS]) for (const { flag } of describeOptions(options)) known.add(flag)
    const lines = read(document)
      .split('\n')
      .filter((line) => /\bkoutu |`--/.test(line))
    expect(lines.length).toBeGreaterThan(least)
    const flags = lines.flatMap((line) =>
      [...line.matchAll(/(?<=[\s`])--[a-z][a-z-]*[a-z]\b(?!-?\*)/g)].map(([flag]) => flag),
    )
    expect(flags.length).toBeGreaterThan(5)
    expect(flags.filter((flag) => !known.has(flag))).toEqual([])
  })
})
