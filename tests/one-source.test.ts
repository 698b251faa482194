// What the matte computes is written once: kernels import core's loops (docs/architecture.md, "One source for two compilers").

import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '..')
const ASSEMBLY = join(ROOT, 'packages/node/assembly')
const CORE = join(ROOT, 'packages/core/src')

/**
 * Vector instructions by hand, because they gain by it; `kernels.test.ts` and `row-filter.test.ts` compare them with core,
 * `scale-to.test.ts` with libvips.
 */
const VECTORS = ['enlarge.ts', 'foreground.ts', 'png-rows.ts']
/** The same, compiled in place of core's file at the same path. */
const IN_PLACE = 'simd/'

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/\.(test|fixture)\.ts$/.test(name))
    .map((name) => join(folder, name))
}

const textOf = (file: string) => readFileSync(file, 'utf8')
const named = (pattern: RegExp) => (file: string) => [...textOf(file).matchAll(pattern)].map((match) => match[1]!)
const functionsOf = named(/^(?:export )?function (\w+)/gm)
const constantsOf = named(/^(?:export )?const ([A-Z]\w+)/gm)

/** Files of assembly with a name that stands in these folders of core, too. */
function twice(namesOf: (file: string) => string[], ...folders: string[]): string[] {
  const inCore = new Set(folders.flatMap((folder) => sources(join(CORE, folder))).flatMap(namesOf))
  expect(inCore.size).toBeGreaterThan(50)
  return sources(ASSEMBLY)
    .filter((file) => namesOf(file).some((name) => inCore.has(name)))
    .map((file) => relative(ASSEMBLY, file))
}

it('no function stands in core and in assembly, but in the files that say why', () => {
  const wrong = twice(functionsOf, 'pixels', 'matting').filter(
    (file) => !VECTORS.includes(file) && !file.startsWith(IN_PLACE),
  )
  expect(wrong).toEqual([])
})

it('no constant stands in both', () => {
  expect(twice(constantsOf, 'pixels', 'matting', 'kernels')).toEqual([])
})

it('assembly holds little beside: what calls core row by row, memory and vectors', () => {
  const files = readdirSync(ASSEMBLY).filter((name) => name.endsWith('.ts') && !VECTORS.includes(name))
  expect(files.sort()).toEqual(['index.ts', 'memory.ts', 'refine.ts', 'specks.ts', 'survey.ts', 'threshold.ts'])
})

it('what is compiled in place of core has the same functions', () => {
  const exported = named(/^export function (\w+)/gm)
  const inPlace = sources(join(ASSEMBLY, IN_PLACE))
  expect(inPlace.length).toBeGreaterThan(0)
  for (const file of inPlace) {
    const replaced = join(CORE, relative(join(ASSEMBLY, IN_PLACE), file))
    expect(exported(file), relative(ROOT, file)).toEqual(exported(replaced))
  }
})
