// int8 graphs on a processor without int8 dot products, which QEMU's user mode shows on any x86 machine: AVX2, no VNNI. The
// tests of quantized graphs run there as they run here, each with the weight limit that the trial finds.

import { execFile, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const QEMU = 'qemu-x86_64'
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs')
const SUITES = ['packages/node/src/graph/quantize.test.ts', 'bench/src/network/limit-graphs.test.ts']
/** Those that run graphs. */
const TESTS = 'quantized network|one convolution|answer alike|multiply integers'

const isX86Linux = process.platform === 'linux' && process.arch === 'x64'
const hasQemu = isX86Linux && spawnSync(QEMU, ['--version']).status === 0
const reason = hasQemu ? '' : ` (skipped: needs ${QEMU} on Linux x64; Debian: apt-get install qemu-user)`

/** Runs Node itself under QEMU. A child process would leave it again, so nothing there may start one. */
function emulated(args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    execFile(QEMU, ['-cpu', 'max', process.execPath, ...args], { cwd: ROOT }, (error, stdout, stderr) => {
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
      const { code, output } = await emulated(['--input-type=module', '--eval', script])
      expect({ code, output }).toEqual({ code: 0, output: 'true\n' })
    },
    TIMEOUT_MS,
  )

  it(
    'computes quantized graphs exactly within the limit',
    async () => {
      const { code, output } = await emulated([
        VITEST,
        'run',
        '--pool=threads',
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
