// Which device a worker takes, with a graphics processor and a runtime that stand in: each answers its self-tests rightly or not.

import { afterEach, describe, expect, it, vi } from 'vitest'
import { openRunner } from '../engine/open-runner.ts'
import type { Candidate } from '../engine/provider.ts'
import type { Runner } from '../engine/runner.ts'
import type { AssetStore } from '../files/asset-store.ts'
import type { AssetManifest, SelfTest } from '../files/manifest.ts'
import { createDevices } from './devices.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

const file = (name: string) => ({ name, bytes: 1, sha256: '' })
/** The graph is its place in this list. */
const PRECISIONS = ['fp32', 'int8', 'fp16'] as const
const selfTests: SelfTest[] = PRECISIONS.map((precision) => ({
  precision,
  graph: file(precision),
  dims: [1],
  input: [1],
  output: [0.5],
  tolerance: 0.01,
}))

/** A runtime as a module: answers 0.5, and 0.9 to the graphs that `wrong` lists for a provider. */
function runtimeModule(wrong: readonly string[]): string {
  const source = `
    const precisions = ${JSON.stringify(PRECISIONS)}, wrong = ${JSON.stringify(wrong)}
    export const env = { wasm: {} }
    export class Tensor {}
    export const InferenceSession = {
      async create(graph, { executionProviders: [provider] }) {
        const value = wrong.includes(provider + ' ' + precisions[graph[0]]) ? 0.9 : 0.5
        return {
          inputNames: ['in'],
          outputNames: ['out'],
          run: async () => ({ out: { type: 'float32', getData: async () => Float32Array.of(value) } }),
          release: async () => {},
        }
      },
    }`
  return `data:text/javascript,${encodeURIComponent(source)}//`
}

async function open(features: readonly string[], wrong: readonly string[] = []) {
  const gpu = { requestAdapter: async () => ({ features: new Set(features), info: {} }) }
  vi.stubGlobal('navigator', { gpu, hardwareConcurrency: 1, userAgent: 'a desktop' })
  vi.stubGlobal('crossOriginIsolated', true)
  // Without relaxed SIMD.
  vi.stubGlobal('WebAssembly', { validate: () => false, Suspending: class {} })
  const module = runtimeModule(wrong)
  const files = {
    urlOf: () => module,
    read: async ({ name }: { name: string }) => Uint8Array.of(PRECISIONS.indexOf(name as SelfTest['precision'])),
  } as Partial<AssetStore> as AssetStore
  const runtime = { version: '', script: file('script'), glue: file('glue'), wasm: file('wasm') }
  const manifest = {
    runtimes: { wasm: runtime, webgpu: runtime },
    selfTests,
  } as Partial<AssetManifest> as AssetManifest
  const devices = createDevices('auto', (candidate, onBytes) => openRunner(manifest, candidate, files, onBytes))
  const { name, hasHalves, warnings } = await devices.provider(() => {}, false)
  return { name, hasHalves, warnings: warnings.map(({ message }) => message) }
}

describe('a worker with WebGPU', () => {
  it('computes in half precision where the device has it and passes the test', async () => {
    expect(await open(['shader-f16'])).toEqual({ name: 'webgpu', hasHalves: true, warnings: [] })
  })

  it('computes in floats where the device has no half precision', async () => {
    // The test in half precision would fail.
    expect(await open([], ['webgpu fp16'])).toEqual({ name: 'webgpu', hasHalves: false, warnings: [] })
  })

  it('computes in floats where halves are wrong, with a warning', async () => {
    const found = await open(['shader-f16'], ['webgpu fp16'])
    expect(found).toMatchObject({ name: 'webgpu', hasHalves: false })
    expect(found.warnings).toEqual([
      expect.stringMatching(/^WebGPU in half precision could not be used: it is off by /),
    ])
  })

  it('is left for WebAssembly where floats are wrong, too', async () => {
    const found = await open(['shader-f16'], ['webgpu fp32'])
    expect(found).toMatchObject({ name: 'wasm', hasHalves: false })
    expect(found.warnings.map((message) => message.split(' could')[0])).toEqual(['WebGPU in half precision', 'WebGPU'])
  })
})

describe('a worker with its own engine', () => {
  const runner = {} as Runner
  const started = async (fails: (candidate: Candidate) => boolean) => {
    vi.stubGlobal('navigator', { hardwareConcurrency: 2, userAgent: 'a desktop' })
    vi.stubGlobal('crossOriginIsolated', true)
    const tried: string[] = []
    const devices = createDevices('wasm', async (candidate) => {
      tried.push(`${candidate.threads}${candidate.products ? ' own' : ''}`)
      if (fails(candidate)) throw new Error('no luck')
      return runner
    })
    return { devices, tried }
  }
  const isOwn = ({ products }: Candidate) => products !== null

  it('opens it for networks with a plan, and onnxruntime for others', async () => {
    const { devices, tried } = await started(() => false)
    expect(isOwn(await devices.likely(true))).toBe(true)
    expect(isOwn(await devices.provider(() => {}, true))).toBe(true)
    expect(isOwn(await devices.likely(false))).toBe(false)
    expect(isOwn(await devices.provider(() => {}, false))).toBe(false)
    await devices.provider(() => {}, true)
    expect(tried).toEqual(['2 own', '2'])
  })

  it('takes onnxruntime where it does not start, and says so', async () => {
    const { devices, tried } = await started(isOwn)
    const { products, warnings } = await devices.provider(() => {}, true)
    expect(products).toBeNull()
    expect(tried).toEqual(['2 own', '1 own', '2'])
    expect(warnings.map(({ code }) => code)).toEqual(['device-unavailable', 'device-unavailable'])
  })
})
