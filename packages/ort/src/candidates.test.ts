import { expect, it } from 'vitest'
import { candidates, installedRuntime } from './candidates.ts'

it('native packages come first, and are left out where WebAssembly is asked for', () => {
  const all = candidates({})
  const wasm = candidates({ KOUTU_RUNTIME: 'wasm' })
  expect(all[0]).toBe(`@koutu/ort-${process.platform}-${process.arch}`)
  expect(wasm).toEqual(['@koutu/ort-wasm', 'onnxruntime-web'])
  expect(all.slice(-2)).toEqual(wasm)
  expect(candidates({ KOUTU_RUNTIME: 'node' })).toEqual(['onnxruntime-node'])
})

it('a clone has onnxruntime-node', () => {
  expect(installedRuntime()).toBe('onnxruntime-node')
})
