// int8 graphs on a processor without int8 dot products, which QEMU's user mode shows on any x86 machine: AVX2, no VNNI. The
// tests of quantized graphs run there as they run here, each with the weight limit that the trial finds.

import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const QEMU = 'qemu-x86_64'
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs')
const SUITES = ['packages/node/src/graph/quantize.test.ts', 'bench/src/network/limit-graphs.test.ts']
/** Those that run graphs. */
const TESTS = 'quantized network|one convolution|answer alike|multiply integers'

const isX86Linux = process.platform === 'linux' && process.arch === 'x64'
const hasQemu = isX86Linux && spawnSync(QEMU, ['--version']).status === 0
const reason = hasQemu ? '' : ` (skipped: needs ${QEMU} on Linux x64; Debian: apt-get install qemu-user)`

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-qemu-'))
  const node = join(folder, 'node')
  await writeFile(node, `#!/bin/sh\nexec ${QEMU} -cpu max ${process.execPath} "$@"\n`, { mode: 0o755 })
  // Processes are started by the path of Node: this sends those of a Node that runs as it is through QEMU.
  await writeFile(join(folder, 'emulate.cjs'), `process.execPath = ${JSON.stringify(node)}\n`)
})
afterAll(() => rm(folder, { recursive: true }))

function run(command: string, args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd: ROOT }, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : -1) : 0
      resolve({ code, output: stdout + stderr })
    })
  })
}

// On two busy cores the second takes minutes.
const TIMEOUT_MS = 1_200_000

describe.skipIf(!hasQemu)(`a processor without int8 dot products${reason}`, () => {
  it(
    'is recognized by the trial',
    async () => {
      const script = `
      const { runTrial } = await import('@koutu/node/trial')
      console.log((await runTrial(1, [{ channels: 32, side: 8 }])).saturates)`
      const { code, output } = await run(join(folder, 'node'), ['--input-type=module', '--eval', script])
      expect({ code, output }).toEqual({ code: 0, output: 'true\n' })
    },
    TIMEOUT_MS,
  )

  // The test runner stays outside: QEMU 7 does not survive a fork of a process with many threads.
  it(
    'computes quantized graphs exactly within the limit',
    async () => {
      const { code, output } = await run(process.execPath, [
        '--require',
        join(folder, 'emulate.cjs'),

        VITEST,
        'run',

        '--no-file-parallelism',
        '-t',
        TESTS,
        ...SUITES,
      ])
      expect(output).toMatch(/^\d+ passed, 0 failed/m)
      expect(output).toContain('with weights up to 63')
      expect(output).not.toContain('a quantized network with weights up to 127')
      expect(code).toBe(0)
    },
    TIMEOUT_MS,
  )
})
