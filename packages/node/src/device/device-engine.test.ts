// The engine that chooses between devices, with fake engines that fail as devices do.

import {
  type Accelerator,
  type Device,
  type Engine,
  type EngineRequest,
  type ErrorCode,
  KoutuError,
  type Picture,
  type Segmentation,
} from '@koutu/core'
import { describe, expect, it } from 'vitest'
import { createDeviceEngine } from './device-engine.ts'
import type { DeviceTrial } from './device-trial.ts'
import type { DeviceTrials } from './device-trials.ts'

const RIGHT = { fault: null, offBy: 0, hasHalves: false, deviceMs: 1, processorMs: 10 } as const
const SLOW = { ...RIGHT, deviceMs: 8 }
const PICTURE = { width: 4, height: 4 } as Picture
const ASKED: EngineRequest = { model: { name: 'a' }, precision: 'auto', quality: 'balanced' }

interface Scene {
  readonly wanted?: Exclude<Device, 'cpu'>
  readonly trials?: Partial<Record<Accelerator, DeviceTrial>>
  readonly int8Share?: number
  /** Whether devices answer with values that are no numbers. */
  readonly losesNumbers?: boolean
  /** What each device throws, in order; nothing once they are used up. */
  readonly faults?: Partial<Record<Accelerator | 'cpu', ErrorCode[]>>
}

function open({
  wanted = 'auto',
  trials = { webgpu: RIGHT },
  int8Share = 1,
  faults = {},
  losesNumbers = false,
}: Scene) {
  const failed: [Accelerator, string][] = []
  const asked: string[] = []
  const ended: string[] = []
  const engineOn = (name: Accelerator | 'cpu'): Engine => {
    const fail = () => {
      const code = faults[name]?.shift()
      if (code) throw new KoutuError(code, { detail: `${name} says ${code}` })
    }
    return {
      specVersion: 1,
      id: 'onnx',
      produces: 'alpha',
      async warm() {
        fail()
      },
      async segment(_, { precision }) {
        asked.push(`${name} ${precision}`)
        fail()
        const warnings = [{ code: 'own', message: name }]
        const alpha = { width: 1, height: 1, data: Float32Array.of(name !== 'cpu' && losesNumbers ? Number.NaN : 0.5) }
        return { alpha, precision: name === 'cpu' ? 'int8' : 'fp32', warnings } as unknown as Segmentation
      },
      async [Symbol.asyncDispose]() {
        ended.push(name)
      },
    }
  }
  const found: DeviceTrials = {
    find: async (device) => trials[device] ?? { fault: 'it is not there' },
    fail: async (device, reason) => void failed.push([device, reason]),
  }
  const present = Object.keys(trials) as Accelerator[]
  const engine = createDeviceEngine(wanted, {
    processor: engineOn('cpu'),
    open: engineOn,
    present: async () => present,
    possible: ['cuda', 'webgpu'],
    trials: found,
    int8Share: async () => int8Share,
  })
  const segment = async (request = ASKED) => {
    const { precision, warnings } = await engine.segment(PICTURE, request, {})
    return [precision, ...warnings.filter(({ code }) => code !== 'own').map(({ message }) => message)]
  }
  return { engine, segment, failed, asked, ended }
}

describe('auto', () => {
  it('takes the first that is right and faster', async () => {
    expect(await open({}).segment()).toEqual(['fp32 on webgpu'])
    expect(await open({ trials: { cuda: SLOW, webgpu: RIGHT } }).segment()).toEqual(['fp32 on webgpu'])
    expect(await open({ trials: { cuda: RIGHT, webgpu: RIGHT } }).segment()).toEqual(['fp32 on cuda'])
  })

  it('says nothing where there is no device, or none that is faster', async () => {
    expect(await open({ trials: {} }).segment()).toEqual(['int8'])
    expect(await open({ trials: { webgpu: SLOW } }).segment()).toEqual(['int8'])
    // Faster than floats on the processor, not than its int8.
    expect(await open({ int8Share: 0.1 }).segment()).toEqual(['int8'])
  })

  it('warns of a device that computes wrongly, in each report', async () => {
    const { segment } = open({ trials: { cuda: { fault: 'it is off by 0.2' }, webgpu: SLOW } })
    const told = ['int8', 'CUDA could not be used: it is off by 0.2.']
    expect([await segment(), await segment()]).toEqual([told, told])
  })

  it('does an image on the processor where its device is lost, and takes the next device after it', async () => {
    const scene = { trials: { cuda: RIGHT, webgpu: RIGHT }, faults: { cuda: ['ENGINE_FAILED' as const] } }
    const { segment, failed, ended } = open(scene)
    const warning = 'CUDA could not be used: cuda says ENGINE_FAILED.'
    expect(await segment()).toEqual(['int8', warning])
    expect(await segment()).toEqual(['fp32 on webgpu', warning])
    expect(failed).toEqual([['cuda', 'cuda says ENGINE_FAILED']])
    expect(ended).toEqual(['cuda'])
  })

  it('drops a device once that fails several images at the same time', async () => {
    const { segment, failed, asked } = open({ faults: { webgpu: ['MODEL_INVALID', 'MODEL_INVALID', 'MODEL_INVALID'] } })
    const results = await Promise.all([segment(), segment(), segment()])
    expect(results.map(([precision]) => precision)).toEqual(['int8', 'int8', 'int8'])
    expect(failed).toHaveLength(1)
    expect(await segment()).toEqual(['int8', 'WebGPU could not be used: webgpu says MODEL_INVALID.'])
    expect(asked.filter((one) => one.startsWith('webgpu'))).toHaveLength(3)
  })

  it('keeps a device where the processor fails in the same way', async () => {
    const { segment, failed } = open({ faults: { webgpu: ['MODEL_INVALID'], cpu: ['MODEL_INVALID'] } })
    await expect(segment()).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining('cpu says'),
    })
    expect(failed).toEqual([])
    expect(await segment()).toEqual(['fp32 on webgpu'])
  })

  it('does without a device whose weights are not installed, and does not hold it against the device', async () => {
    const { segment, failed } = open({ faults: { webgpu: ['MODEL_MISSING'] } })
    expect(await segment()).toEqual(['int8', 'WebGPU could not be used: webgpu says MODEL_MISSING.'])
    expect(failed).toEqual([])
  })

  it('does an image on the processor where the device loses its numbers', async () => {
    const { segment, failed } = open({ losesNumbers: true })
    expect(await segment()).toEqual(['int8', 'WebGPU could not be used: its answer holds values that are no numbers.'])
    expect(failed).toEqual([['webgpu', 'its answer holds values that are no numbers']])
  })

  it('takes an abort for no fault', async () => {
    const { segment, failed } = open({ faults: { webgpu: ['ABORTED'] } })
    await expect(segment()).rejects.toMatchObject({ code: 'ABORTED' })
    expect(failed).toEqual([])
    expect(await segment()).toEqual(['fp32 on webgpu'])
  })

  it('loads the processor’s network where the device cannot load its own', async () => {
    const { engine, segment } = open({ faults: { webgpu: ['ENGINE_FAILED'] } })
    await engine.warm(ASKED, {})
    expect(await segment()).toEqual(['int8', 'WebGPU could not be used: webgpu says ENGINE_FAILED.'])
  })
})

describe('a device that is named', () => {
  it('is used also where it is slower, in floats', async () => {
    const { segment, asked } = open({ wanted: 'webgpu', trials: { webgpu: SLOW } })
    expect(await segment({ ...ASKED, precision: 'int8' })).toEqual([
      'fp32 on webgpu',
      'WebGPU runs networks in floats, so it did not run in int8.',
    ])
    expect(asked).toEqual(['webgpu fp32'])
  })

  it('is an error where it is not right, is missing, or is none of this platform', async () => {
    const cases = [
      [
        { wanted: 'webgpu', trials: { webgpu: { fault: 'it is off by 0.2' } } },
        /WebGPU .* off by 0\.2\. .*libvulkan1.*doctor/,
      ],
      [{ wanted: 'cuda' }, /CUDA .* not there\. .*npm install onnxruntime-node@\d/],
      [{ wanted: 'dml' }, /DirectML .* none on this platform/],
    ] as const
    for (const [scene, message] of cases) {
      const { segment } = open(scene)
      const error = {
        code: 'ENGINE_UNAVAILABLE',
        data: { device: scene.wanted },
        message: expect.stringMatching(message),
      }
      await expect(segment()).rejects.toMatchObject(error)
      await expect(segment()).rejects.toMatchObject(error)
    }
  })

  it('is replaced by the processor once it is lost or out of memory', async () => {
    const { segment, asked } = open({ wanted: 'webgpu', faults: { webgpu: ['ENGINE_FAILED'] } })
    const told = ['int8', 'WebGPU could not be used: webgpu says ENGINE_FAILED.']
    expect([await segment(), await segment()]).toEqual([told, told])
    expect(asked).toEqual(['webgpu fp32', 'cpu auto', 'cpu auto'])
  })

  it('says which weights it needs', async () => {
    const { segment } = open({ wanted: 'webgpu', faults: { webgpu: ['MODEL_MISSING'] } })
    const message = expect.stringMatching(/WebGPU needs the weights in floats: webgpu says MODEL_MISSING/)
    await expect(segment()).rejects.toMatchObject({ code: 'MODEL_MISSING', message })
  })
})
