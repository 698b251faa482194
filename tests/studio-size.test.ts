// What the studio page costs a visitor before anything is dropped: everything that index.html names, built as it is served.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { afterAll, beforeAll, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../apps/studio')

let folder = ''
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'koutu-studio-'))
  await build({ root: ROOT, logLevel: 'error', build: { outDir: folder, emptyOutDir: true } })
})
afterAll(() => rmSync(folder, { recursive: true }))

const page = () => readFileSync(join(folder, 'index.html'), 'utf8')

it('the first load: at most 100 kB', () => {
  const names = [...page().matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, name]) => name!)
  expect(names.map((name) => name.split('.').at(-1)).sort()).toEqual(['css', 'js', 'svg'])
  const bytes = ['index.html', ...names].map((name) => gzipSync(readFileSync(join(folder, name)), { level: 9 }).length)
  expect(bytes.reduce((sum, count) => sum + count, 0)).toBeLessThan(100_000)
})

it('names no other host, no inline script and no inline style, which the policy of the page forbids', () => {
  expect(page()).not.toMatch(/https?:|<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/)
  const scripts = readdirSync(join(folder, 'studio')).filter((name) => /\.(js|css)$/.test(name))
  expect(scripts.length).toBeGreaterThan(1)
  for (const name of scripts) {
    const addresses = readFileSync(join(folder, 'studio', name), 'utf8').match(/https?:\/\/[a-z0-9][^\s"'`)]*/g) ?? []
    // Namespaces are names.
    const NAMES = /^http:\/\/(www\.w3\.org|json-schema\.org|ns\.adobe\.com)\//
    expect(
      addresses.filter((address) => !NAMES.test(address) && !address.startsWith('https://json-schema.org/')),
    ).toEqual([])
  }
})

it('has the hash of its content in the name of each file', () => {
  const names = readdirSync(join(folder, 'studio')).filter((name) => name !== 'manifest.json')
  expect(names.length).toBeGreaterThan(4)
  for (const name of names) expect(name).toMatch(/-[\w-]{8}\.\w+$/)
})
