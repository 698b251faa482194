import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { DeviceTrial } from './device-trial.ts'
import { createDeviceTrials } from './device-trials.ts'

const GOOD: DeviceTrial = { fault: null, offBy: 1e-7, hasHalves: true, deviceMs: 1, processorMs: 9 }
const HOUR_MS = 3_600_000

let cacheDir: string
beforeEach(() => {
  cacheDir = mkdtempSync(join(tmpdir(), 'koutu-devices-'))
})
afterEach(() => rmSync(cacheDir, { recursive: true }))

/** A new one each time, as in another process. `results`: of the trials, in order; an Error is thrown. */
function open(...results: readonly (DeviceTrial | Error)[]) {
  const state = { tried: 0, nowMs: 0, facts: ['a card, driver 1'] }
  const at = (facts = state.facts) =>
    createDeviceTrials({
      cacheDir,
      facts: async () => facts,
      nowMs: () => state.nowMs,
      async run() {
        const result = results[Math.min(state.tried++, results.length - 1)]!
        if (result instanceof Error) throw result
        return result
      },
    })
  return { state, at }
}

it('tries once for each device and driver', async () => {
  const { state, at } = open(GOOD)
  expect(await Promise.all([at().find('webgpu'), at().find('webgpu')])).toEqual([GOOD, GOOD])
  const tried = state.tried
  expect(await at().find('webgpu')).toEqual(GOOD)
  state.nowMs = 1000 * HOUR_MS
  expect(await at().find('webgpu')).toEqual(GOOD)
  expect(state.tried).toBe(tried)
  await at(['a card, driver 2']).find('webgpu')
  await at().find('cuda')
  expect(state.tried).toBe(tried + 2)
})

it('shares one trial between calls at the same time', async () => {
  const { state, at } = open(GOOD)
  const one = at()
  await Promise.all([one.find('webgpu'), one.find('webgpu'), one.find('webgpu')])
  expect(state.tried).toBe(1)
})

it('remembers a fault for a day, unless it is asked again', async () => {
  const { state, at } = open({ fault: 'busy' }, GOOD)
  expect(await at().find('webgpu')).toEqual({ fault: 'busy' })
  state.nowMs = 23 * HOUR_MS
  expect(await at().find('webgpu')).toEqual({ fault: 'busy' })
  expect(await at().find('webgpu', { again: 'faults' })).toEqual(GOOD)
  expect(state.tried).toBe(2)
  await at().fail('webgpu', 'the device was lost')
  expect(await at().find('webgpu')).toEqual({ fault: 'the device was lost' })
  state.nowMs = 48 * HOUR_MS
  expect(await at().find('webgpu')).toEqual(GOOD)
  await at().find('webgpu', { again: 'faults' })
  expect(state.tried).toBe(3)
  await at().find('webgpu', { again: 'always' })
  expect(state.tried).toBe(4)
})

it('takes a process that a driver took down for a fault', async () => {
  const { at } = open(new Error('the inference process ended with signal SIGSEGV'))
  expect(await at().find('webgpu')).toEqual({ fault: 'the inference process ended with signal SIGSEGV' })
})

it('tries anew where the note cannot be read, or not be written', async () => {
  const { state, at } = open(GOOD)
  await at().find('webgpu')
  const [name] = readdirSync(cacheDir)
  for (const text of ['', '{}', '{"trial":{"fault":null},"triedAtMs":0}', '{"trial":{"fault":7},"triedAtMs":0}']) {
    writeFileSync(join(cacheDir, name!), text)
    expect(await at().find('webgpu')).toEqual(GOOD)
  }
  expect(state.tried).toBe(5)
  cacheDir = join(cacheDir, name!, 'no-folder')
  expect(await at().find('webgpu')).toEqual(GOOD)
  cacheDir = join(cacheDir, '../..')
})
