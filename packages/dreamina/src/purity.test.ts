// The main entry runs in any runtime: nothing it reaches names a module of Node.

import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

function reach(file: string, seen = new Map<string, string[]>()): Map<string, string[]> {
  if (seen.has(file)) return seen
  const imports = [...readFileSync(file, 'utf8').matchAll(/(?:from|import\() ?'([^']+)'/g)].map(([, name]) => name!)
  seen.set(file, imports)
  for (const name of imports.filter((one) => one.startsWith('.'))) reach(resolve(dirname(file), name), seen)
  return seen
}

it('imports core, zod and noble only', () => {
  const files = reach(fileURLToPath(new URL('./index.ts', import.meta.url)))
  expect(files.size).toBeGreaterThan(15)
  const foreign = new Set([...files.values()].flat().filter((name) => !name.startsWith('.')))
  expect([...foreign].sort()).toEqual([
    '@koutu/core',
    '@noble/hashes/hmac.js',
    '@noble/hashes/legacy.js',
    '@noble/hashes/sha2.js',
    '@noble/hashes/utils.js',
    'zod',
  ])
})

it('keeps the wire apart from the client', () => {
  const wire = fileURLToPath(new URL('./wire/', import.meta.url))
  const files = reach(resolve(wire, 'requests.ts'))
  reach(resolve(wire, 'answers.ts'), files)
  reach(resolve(wire, 'codes.ts'), files)
  for (const file of files.keys()) expect(file.startsWith(wire)).toBe(true)
})
