// Which device a worker takes, with a graphics processor and a runtime that stand in: each answers its self-tests rightly or not.

import { afterEach, describe, expect, it, vi } from 'vitest'
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
  vi.stubGlobal('WebAssembly', { ...WebAssembly, Suspending: class {} })
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
  const devices = createDevices(manifest, 'auto', files)
  const { name, hasHalves, warnings } = await devices.provider(() => {})
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
