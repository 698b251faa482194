// What a start of the command loads: each module costs half a millisecond in each thread. Read off the compiled files.

import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'

const PACKAGES = join(import.meta.dirname, '../..')
const DIST = join(PACKAGES, 'koutu/dist')

/** The compiled file of `@koutu/NAME` or `@koutu/NAME/ENTRY`. */
function compiled(target: string): string {
  const [, name = '', ...entry] = target.split('/')
  const { exports } = JSON.parse(readFileSync(join(PACKAGES, name, 'package.json'), 'utf8')) as {
    exports: Record<string, { default: string }>
  }
  return join(PACKAGES, name, exports[['.', ...entry].join('/')]!.default)
}

/** Modules that `file` needs, itself among them, and packages of others by name. Of what koutu loads on demand, what is bundled, or nothing. */
function modulesOf(file: string, { found = new Set<string>(), withOnDemand = true } = {}): Set<string> {
  if (found.has(file)) return found
  found.add(file)
  const text = readFileSync(file, 'utf8')
  const imports =
    /^(?:import|export)\s+(?:[^'"]*?\s+from\s+)?["']([^"']+)["']|\bimport\(["'](\.\/shared-[^"']+)["']\)/gm
  for (const [, required, onDemand] of text.matchAll(imports)) {
    const target = (required ?? onDemand)!
    if (isBuiltin(target) || (onDemand && !withOnDemand) || (onDemand && dirname(file) !== DIST)) continue
    if (target.startsWith('.')) modulesOf(join(dirname(file), target), { found, withOnDemand })
    else if (target.startsWith('@koutu/')) modulesOf(compiled(target), { found, withOnDemand })
    else found.add(target)
  }
  return found
}

it.each([
  ['the command', 'start.js', ['commander'], 40],
  ['the worker thread', 'host.js', ['sharp'], 45],
])('%s loads few modules, and zod in one file', (_, entry, packages, most) => {
  const modules = [...modulesOf(join(DIST, entry))]
  const others = modules.filter((name) => !name.startsWith('/'))
  expect(others.sort()).toEqual(packages)
  expect(modules.length).toBeLessThanOrEqual(most)
})

describe('a command that another process runs', () => {
  const [bundle = ''] = readdirSync(DIST).filter(
    (name) => name.startsWith('shared-') && /^async function runWarm\(/m.test(readFileSync(join(DIST, name), 'utf8')),
  )

  it('loads nothing but its end of the connection', () => {
    const modules = [...modulesOf(join(DIST, bundle), { withOnDemand: false })]
    expect(modules.filter((name) => !name.startsWith('/'))).toEqual([])
    expect(modules.length).toBeLessThanOrEqual(8)
  })

  it('loads none of the parts of Node that take longer than the rest of it', () => {
    const program = `
      const before = new Set(process.moduleLoadList)
      await import('${pathToFileURL(join(DIST, bundle))}')
      console.log(JSON.stringify(process.moduleLoadList.filter((name) => !before.has(name))))`
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
    const loaded = JSON.parse(output) as string[]
    expect(loaded).toContain('NativeModule net')
    const large = ['crypto', 'child_process', 'internal/fs/streams', 'internal/fs/promises']
    expect(loaded.filter((name) => large.includes(name.replace('NativeModule ', '')))).toEqual([])
  })
})
