// What the matte computes is written once: kernels import core's loops (docs/architecture.md, "One source for two compilers").

import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '..')
const ASSEMBLY = join(ROOT, 'packages/node/assembly')
const CORE = ['pixels', 'matting'].map((folder) => join(ROOT, 'packages/core/src', folder))

/** Vector instructions by hand, because they gain by it; tests compare them with core. */
const VECTORS = ['foreground.ts', 'png-rows.ts']
/** The same, compiled in place of core's file at the same path. */
const IN_PLACE = 'simd/'
/** Still written twice. Each file leaves this list when it imports core's loops, and none may join it. */
const TO_MERGE: string[] = []

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/\.(test|fixture)\.ts$/.test(name))
    .map((name) => join(folder, name))
}

function functionsOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^(?:export )?function (\w+)/gm)].map((match) => match[1]!)
}

it('no function stands in core and in assembly, but in the files that say why', () => {
  const inCore = new Set(CORE.flatMap(sources).flatMap(functionsOf))
  expect(inCore.size).toBeGreaterThan(100)
  const twice = sources(ASSEMBLY).filter((file) => functionsOf(file).some((name) => inCore.has(name)))
  expect(
    twice
      .map((file) => relative(ASSEMBLY, file))
      .filter((file) => !VECTORS.includes(file) && !file.startsWith(IN_PLACE))
      .sort(),
  ).toEqual(TO_MERGE)
})

it('what is compiled in place of core has the same functions', () => {
  const exported = (file: string) =>
    [...readFileSync(file, 'utf8').matchAll(/^export function (\w+)/gm)].map(([, name]) => name)
  const inPlace = sources(join(ASSEMBLY, IN_PLACE))
  expect(inPlace.length).toBeGreaterThan(0)
  for (const file of inPlace) {
    expect(exported(file)).toEqual(exported(join(ROOT, 'packages/core/src', relative(join(ASSEMBLY, IN_PLACE), file))))
  }
})
