import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createFreezeWatch, FREEZE_INTERVAL_MS, type ProcessState, readProcessState } from './freeze-watch.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const HOUR = 720

/** How many looks it takes until the process is found frozen; null within an hour. */
function looksUntilFrozen(stateAt: (look: number) => ProcessState | null): number | null {
  let [looks, frozenAt] = [0, null as number | null]
  const watch = createFreezeWatch({
    read: () => stateAt(++looks),
    onFreeze: () => {
      frozenAt = looks
    },
  })
  watch.start()
  vi.advanceTimersByTime(HOUR * FREEZE_INTERVAL_MS)
  watch.stop()
  return frozenAt
}

it.each<[string, (look: number) => ProcessState | null, number | null]>([
  ['sleeps for good', () => ({ state: 'S', cpuTicks: 7 }), 13],
  ['is stopped for good', () => ({ state: 'T', cpuTicks: 7 }), 13],
  ['computes first', (look) => ({ state: 'S', cpuTicks: Math.min(look, 100) }), 112],
  ['computes', (look) => ({ state: 'S', cpuTicks: look }), null],
  ['computes now and then', (look) => ({ state: 'S', cpuTicks: Math.floor(look / 12) }), null],
  ['waits for a processor', () => ({ state: 'R', cpuTicks: 7 }), null],
  ['waits for a disk', () => ({ state: 'D', cpuTicks: 7 }), null],
  ['is gone, or on another system', () => null, null],
])('a process that %s', (_, stateAt, expected) => {
  expect(looksUntilFrozen(stateAt)).toBe(expected)
})

it('looks at nothing while there is no work', () => {
  const read = vi.fn(() => ({ state: 'S', cpuTicks: 7 }))
  const onFreeze = vi.fn()
  const watch = createFreezeWatch({ read, onFreeze })
  for (let i = 0; i < 5; i++) {
    watch.start()
    vi.advanceTimersByTime(10 * FREEZE_INTERVAL_MS)
    watch.stop()
    vi.advanceTimersByTime(HOUR * FREEZE_INTERVAL_MS)
  }
  expect([read.mock.calls.length, onFreeze.mock.calls.length]).toEqual([50, 0])
})

it.runIf(process.platform === 'linux')('reads the state of a process, whatever its name', async () => {
  vi.useRealTimers()
  const child = spawn(process.execPath, ['-e', 'process.title = "a) R 1"; console.log(1); setInterval(() => {}, 1e8)'])
  await once(child.stdout, 'data')
  child.kill('SIGSTOP')
  await expect.poll(() => readProcessState(child.pid)?.state).toBe('T')
  expect(readProcessState(child.pid)!.cpuTicks).toBeGreaterThan(0)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(readProcessState(child.pid)).toBeNull()
})
