import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { canReadMemory, processTree, residentMemory, watchPeak } from './process-memory.ts'

/** Fills so much memory, lets it go, says so, and waits for the end of its standard input. */
const holding = (mb: number) => `
  let held = Buffer.alloc(${mb} * 2 ** 20, 1)
  held = null
  globalThis.gc()
  process.stdout.write('.')
  process.stdin.resume().on('end', () => process.exit(0))
`
const RUN = ['--expose-gc', '-e']

it.skipIf(!canReadMemory)('the peak counts the whole tree, and what was let go since', async () => {
  const inner = JSON.stringify([...RUN, holding(150)])
  const outer = `require('node:child_process').spawn(process.execPath, ${inner}, { stdio: 'inherit' });${holding(100)}`
  const child = spawn(process.execPath, [...RUN, outer], { stdio: ['pipe', 'pipe', 'inherit'] })
  const watch = watchPeak(child.pid!, 10)
  let said = ''
  while (said.length < 2) said += String(await once(child.stdout!, 'data'))
  const now = residentMemory(child.pid!)
  expect(processTree(child.pid!)).toHaveLength(2)
  const { hwmMib, pssMib, processes } = watch.stop()
  child.stdin!.end()
  await once(child, 'exit')
  expect(processes).toBe(2)
  // What both held, and at most 120 MB for each Node itself.
  expect(hwmMib).toBeGreaterThan(250)
  expect(hwmMib).toBeLessThan(250 + 240)
  expect(pssMib).toBeLessThanOrEqual(hwmMib)
  expect(now.rootMib + now.childrenMib).toBeLessThan(hwmMib - 150)
  expect(processTree(child.pid!)).toEqual([child.pid])
  expect(residentMemory(child.pid!)).toEqual({ rootMib: 0, childrenMib: 0 })
})
