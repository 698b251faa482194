// Regular expressions of the packages take time in proportion to their input, however long it is: none of them backtracks
// over the same characters again and again. Texts come from clients, and a pattern that looks harmless may take minutes.

import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { parseSync } from 'oxc-parser'
import { analyse } from 'scslre'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')
/** Built from a text: the pattern is not in the source, so what it may hold is said here. */
const BUILT: Readonly<Record<string, string>> = {
  'packages/server/src/http/route.ts': 'paths of our own routes',
  'packages/server/src/protocols/dreamina/uris.ts': 'a name of our own',
}

interface Pattern {
  readonly source: string
  readonly flags: string
}
interface Node {
  readonly type?: string
  readonly regex?: { readonly pattern: string; readonly flags: string }
  readonly callee?: { readonly name?: string }
}

function nodesOf(value: unknown): Node[] {
  if (typeof value !== 'object' || value === null) return []
  return [value as Node, ...Object.values(value).flatMap(nodesOf)]
}

function sources(): string[] {
  const packages = join(root, 'packages')
  return readdirSync(packages, { recursive: true, encoding: 'utf8' })
    .filter((name) => /^[^/]+\/(src|bin)\/.*\.(ts|js)$/.test(name) && !/\.(test|fixture)\.ts$/.test(name))
    .map((name) => join(packages, name))
}

/** What is wrong with a pattern, in words; empty where nothing is. */
function problemsOf({ source, flags }: Pattern): string[] {
  const { reports } = analyse({ source, flags }, { reportTypes: { Move: true, Self: true, Trade: true } })
  return reports.map(({ type, exponential }) => `${exponential ? 'exponential' : 'quadratic'} (${type})`)
}

describe('regular expressions', () => {
  it.each([
    ['/^(a+)+$/', { source: '^(a+)+$', flags: '' }],
    ['/\\s+$/', { source: '\\s+$', flags: '' }],
    ['/^\\d+\\.?\\d*x/', { source: '^\\d+\\.?\\d*x', flags: '' }],
  ])('%s is found to backtrack', (_, pattern) => {
    expect(problemsOf(pattern)).not.toEqual([])
  })

  it('of the packages take linear time', () => {
    const wrong: string[] = []
    let count = 0
    for (const file of sources()) {
      const text = readFileSync(file, 'utf8')
      for (const { regex } of nodesOf(parseSync(file, text).program)) {
        if (!regex) continue
        count++
        const pattern = { source: regex.pattern, flags: regex.flags }
        for (const problem of problemsOf(pattern))
          wrong.push(`${relative(root, file)}: /${pattern.source}/${pattern.flags} is ${problem}`)
      }
    }
    expect(wrong).toEqual([])
    expect(count).toBeGreaterThan(100)
  })

  it('are literals, but for those whose text is our own', () => {
    const built = sources().filter((file) =>
      nodesOf(parseSync(file, readFileSync(file, 'utf8')).program).some(
        ({ type, callee }) => (type === 'NewExpression' || type === 'CallExpression') && callee?.name === 'RegExp',
      ),
    )
    expect(built.map((file) => relative(root, file)).sort()).toEqual(Object.keys(BUILT))
  })
})
