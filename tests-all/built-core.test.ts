// The built core: most of its entry points only name what other files hold (tools/build-bundles.ts).

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'

const FOLDER = resolve(import.meta.dirname, '../packages/core')
const { exports: entries } = JSON.parse(readFileSync(resolve(FOLDER, 'package.json'), 'utf8')) as {
  exports: Record<string, Record<string, string>>
}

/** Zod is needed by nothing else (docs/architecture.md). */
const WITH_ZOD: ReadonlySet<string> = new Set(['.', './options', './models', './pipeline', './zod'])

describe.each(Object.entries(entries))('@koutu/core, entry point %s', (name, targets) => {
  const built = pathToFileURL(resolve(FOLDER, targets.default!)).href

  it('exports what its source does', async () => {
    const source = (await import(resolve(FOLDER, targets['@koutu/source']!))) as object
    expect(Object.keys((await import(built)) as object).sort()).toEqual(Object.keys(source).sort())
  })

  it('loads zod where it is needed alone', () => {
    const program = `await import('${built}'); console.log(Object.keys(globalThis).some((name) => name.startsWith('__zod')))`
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
    expect(JSON.parse(output)).toBe(WITH_ZOD.has(name))
  })
})
