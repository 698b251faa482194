// The trial of a device, with a fake one in place of each fault that devices have.

import type { Accelerator } from '@koutu/core'
import { describe, expect, it } from 'vitest'
import { runDeviceTrial, type TrialPort } from './device-trial.ts'
import { floatTest, halfTest } from './self-tests.ts'

interface Fake {
  /** Milliseconds of one run. */
  readonly deviceMs?: number
  /** Added to each number of an answer of the device. */
  readonly wrongBy?: { readonly float?: number; readonly half?: number; readonly network?: number }
  readonly openFails?: string
  readonly runFails?: string
}

const PROCESSOR_MS = 10

function fakePort({ deviceMs = 2, wrongBy = {}, openFails, runFails }: Fake) {
  let now = 0
  const sides: number[] = []
  let open = 0
  let runs = 0
  const port: TrialPort = {
    nowMs: () => now,
    async open(graph, on: Accelerator | 'cpu') {
      const isDevice = on !== 'cpu'
      if (isDevice && openFails) throw new Error(openFails)
      open++
      const kind = sameBytes(graph, floatTest().graph)
        ? 'float'
        : sameBytes(graph, halfTest().graph)
          ? 'half'
          : 'network'
      return {
        async run(_, dims) {
          if (isDevice && runFails) throw new Error(runFails)
          now += isDevice ? deviceMs : PROCESSOR_MS
          if (kind === 'network') sides.push(dims[2]!)
          if (kind === 'network' && isDevice) runs++
          const right = kind === 'float' ? floatTest().output : kind === 'half' ? halfTest().output : [0.25, 0.5, 0.75]
          return Float32Array.from(right, (value) => value + (isDevice ? (wrongBy[kind] ?? 0) : 0))
        },
        async release() {
          open--
        },
      }
    },
  }
  return { port, sides: () => [...new Set(sides)], left: () => open, runs: () => runs }
}

const sameBytes = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0

describe('runDeviceTrial', () => {
  it('measures a device that is right', async () => {
    const { port, sides, left } = fakePort({})
    const trial = await runDeviceTrial('webgpu', port)
    expect(trial).toMatchObject({ fault: null, hasHalves: true, deviceMs: 2, processorMs: PROCESSOR_MS })
    expect(sides()).toEqual([64, 512])
    expect(left()).toBe(0)
  })

  it('gives a device up early that is hopelessly slow', async () => {
    const { port, sides, runs } = fakePort({ deviceMs: 5 * PROCESSOR_MS })
    expect(await runDeviceTrial('webgpu', port)).toMatchObject({ fault: null, deviceMs: 50, processorMs: 10 })
    expect(sides()).toEqual([64])
    // One to compile, one to measure.
    expect(runs()).toBe(2)
  })

  it('finds numbers that are wrong, and leaves no session behind', async () => {
    for (const wrongBy of [{ float: 0.01 }, { float: Number.NaN }, { network: 0.02 }, { network: Number.NaN }]) {
      const { port, left } = fakePort({ wrongBy })
      const trial = await runDeviceTrial('cuda', port)
      expect(trial.fault).toMatch(/^it is off by (0\.0\d+|NaN) in a test whose answer is known$/)
      expect(left()).toBe(0)
    }
  })

  it('needs no half precision', async () => {
    const { port } = fakePort({ wrongBy: { half: 0.1 } })
    expect(await runDeviceTrial('webgpu', port)).toMatchObject({ fault: null, hasHalves: false })
  })

  it('says why a device does not start, is lost, or has no memory', async () => {
    for (const reason of ['no adapter was found', 'this onnxruntime was built without it']) {
      expect(await runDeviceTrial('dml', fakePort({ openFails: reason }).port)).toEqual({ fault: reason })
    }
    for (const reason of ['the device was lost', 'out of memory']) {
      const { port, left } = fakePort({ runFails: `${reason}.\n at /home/jane/x.cc` })
      expect(await runDeviceTrial('coreml', port)).toEqual({ fault: reason })
      expect(left()).toBe(0)
    }
  })
})
