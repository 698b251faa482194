// One command compiles: TypeScript and the kernels together. Whatever else compiles would run new code on old kernels. And what
// the image is built from is all there.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
/** Where commands are written down: everything but sources and prose. */
const COMMANDS = /(^|\/)(package\.json|[\w.]*Dockerfile|compose\.yaml|.*\.sh)$|^\.ci\//
/** The compilers where they emit; with `-p` of these three, TypeScript only checks. */
const COMPILER = /\btsc\b(?! -p (tsconfig\.(test|browser)\.json|apps\/studio))|\basc\b|build-kernels/

describe('the compiler', () => {
  it('is called by `npm run build` alone', () => {
    const tracked = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n')
    const files = tracked.filter((file) => COMMANDS.test(file))
    const calls = files.flatMap((file) => {
      const lines = readFileSync(join(root, file), 'utf8').split('\n')
      return lines.filter((line) => COMPILER.test(line)).map((line) => `${file}: ${line.trim()}`)
    })
    expect(files).toEqual(expect.arrayContaining(['package.json', 'Dockerfile', '.ci/run', 'bench/package.json']))
    const scripts = calls.map((call) => /^package\.json: "([\w:]+)": /.exec(call)?.[1] ?? call)
    expect(scripts).toEqual(['build', 'build:kernels'])
  })
})

describe('the Dockerfile', () => {
  it('copies the manifest of each workspace before it installs', () => {
    const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { workspaces: string[] }
    const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8')
    const copied = [...dockerfile.matchAll(/^COPY (\S+)\/package\.json \1\/$/gm)].map((match) => match[1])
    expect(copied.sort()).toEqual(workspaces.toSorted())
  })
})
