// The server's runner with the real pipeline, whose process is killed while it works.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isKoutuError, resolveOptions } from '@koutu/core'
import { expect, it } from 'vitest'
import { startRunner } from '../packages/koutu/dist/server/start-runner.js'

const EXAMPLE = join(import.meta.dirname, '../examples/photo.jpg')
const code = (error: unknown) => (isKoutuError(error) ? error.code : error)

/** Linux tells them; elsewhere the test is skipped. */
async function runnerProcesses(): Promise<number[]> {
  const children = (await readFile(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')).trim().split(' ')
  const lines = await Promise.all(children.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8')))
  return children.filter((_, i) => lines[i]!.includes('runner-process')).map(Number)
}

it.skipIf(process.platform !== 'linux')('a runner survives the death of its process', async () => {
  await using runner = startRunner('cpu')
  const input = await readFile(EXAMPLE)
  await runner.warm({})
  const running = runner.run({ input, options: resolveOptions({}), isIsolated: false }, {}).catch(code)
  for (const pid of await runnerProcesses()) process.kill(pid, 'SIGKILL')
  expect(await running).toBe('RUNNER_CRASHED')
  const again = await runner.run({ input, options: resolveOptions({}), isIsolated: true }, {})
  expect(again.report.subject).toBe(true)
})
