// One command compiles: TypeScript and the kernels together. Whatever else compiles would run new code on old kernels.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
/** Where commands are written down: everything but sources and prose. */
const COMMANDS = /(^|\/)(package\.json|[\w.]*Dockerfile|compose\.yaml|.*\.sh)$|^\.ci\//
/** The compiler where it emits; with `-p tsconfig.test.json` it only checks. */
const COMPILER = /\btsc\b(?! -p tsconfig\.test\.json)|\basc\b|build-kernels/

describe('the compiler', () => {
  it('is called by `npm run build` alone', () => {
    const tracked = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n')
    const files = tracked.filter((file) => COMMANDS.test(file))
    const calls = files.flatMap((file) => {
      const lines = readFileSync(join(root, file), 'utf8').split('\n')
      return lines.filter((line) => COMPILER.test(line)).map((line) => `${file}: ${line.trim()}`)
    })
    expect(files).toEqual(expect.arrayContaining(['package.json', 'Dockerfile', '.ci/run', 'bench/package.json']))
    expect(calls).toEqual([
      'package.json: "build": "tsc -b && npm run -s build:kernels",',
      'package.json: "build:kernels": "node tools/build-kernels.ts",',
    ])
  })
})
