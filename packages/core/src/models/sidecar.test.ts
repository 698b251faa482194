// Local models: which word wins, what is assumed, and what a wrong sidecar is told.

import { describe, expect, it } from 'vitest'
import type { KoutuError } from '../errors/koutu-error.ts'
import { isModelPath, localManifest, sidecarPaths } from './sidecar.ts'

const full = {
  input: { width: 512, height: 384, fit: 'short-side', multiple: 32, mean: [0, 0, 0], std: [1, 1, 1] },
  output: { kind: 'logits', name: 'alphas' },
}

describe('localManifest', () => {
  it('takes everything from a full sidecar, without a warning', () => {
    const { manifest, warnings } = localManifest('/models/My Net.onnx', { path: 'x.json', json: full }, {})
    expect(manifest).toMatchObject({ id: 'my-net', ...full, sources: [{ type: 'file', path: '/models/My Net.onnx' }] })
    expect(warnings).toEqual([])
  })

  it('lets options win over the sidecar', () => {
    const options = { size: 320, mean: [1, 2, 3], std: [4, 5, 6], output: 'argmax' } as const
    const { manifest, warnings } = localManifest('a.onnx', { path: 'a.json', json: full }, options)
    expect(manifest.input).toMatchObject({ width: 320, height: 320, mean: [1, 2, 3], std: [4, 5, 6] })
    expect(manifest.output.kind).toBe('argmax')
    expect(warnings).toEqual([])
  })

  it('needs no sidecar when options say all', () => {
    const options = { size: 64, mean: [0, 0, 0], std: [1, 1, 1], output: 'prob' } as const
    expect(localManifest('a.onnx', null, options).warnings).toEqual([])
  })

  it('says in one warning what it assumed, and only that', () => {
    const { manifest, warnings } = localManifest('a.onnx', { path: 'a.json', json: { input: { width: 256 } } }, {})
    expect(manifest.input).toMatchObject({ width: 256, height: 256, fit: 'stretch', mean: [0.485, 0.456, 0.406] })
    expect(manifest.output).toEqual({ kind: 'prob', name: null })
    expect(warnings).toHaveLength(1)
    expect(warnings[0]!.message).toMatch(/mean 0\.485,0\.456,0\.406; std .*; output prob/)
    expect(warnings[0]!.message).not.toContain('size 1024')
  })

  it('believes the graph about its size where nobody else speaks', () => {
    const graph = { width: 320, height: 288 }
    const { manifest, warnings } = localManifest('a.onnx', null, {}, graph)
    expect(manifest.input).toMatchObject(graph)
    expect(warnings[0]!.message).not.toContain('size 1024')
    expect(localManifest('a.onnx', null, { size: 64 }, graph).manifest.input.height).toBe(64)
    const sidecar = { path: 'a.json', json: { input: { height: 96 } } }
    expect(localManifest('a.onnx', sidecar, {}, graph).manifest.input).toMatchObject({ width: 96, height: 96 })
  })

  it.each([
    [{ input: { width: 0 } }, 'input.width'],
    [{ input: { width: 1e9 } }, 'input.width'],
    [{ input: { std: [1, 0, 1] } }, 'input.std.1'],
    [{ output: { kind: 'magic' } }, 'output.kind'],
    [{ inptu: {} }, 'my.json'],
    ['text', 'my.json'],
    [null, 'my.json'],
  ])('refuses %j with the path of the problem', (json, path) => {
    try {
      localManifest('my.onnx', { path: 'my.json', json }, {})
      expect.unreachable()
    } catch (error) {
      expect((error as KoutuError).code).toBe('INVALID_OPTIONS')
      expect((error as KoutuError).message).toContain(path)
    }
  })

  it.each([
    ['C:\\nets\\Öffnung.ONNX', 'ffnung'],
    ['/nets/..onnx', 'local'],
    ['/nets/v1.2_b.onnx', 'v1.2_b'],
  ])('makes an id of %s', (path, id) => {
    expect(localManifest(path, null, {}).manifest.id).toBe(id)
  })
})

describe('names', () => {
  it('tells files from catalog names', () => {
    expect(['./a.onnx', 'B.ONNX', 'u2net', 'rmbg-1.4'].map(isModelPath)).toEqual([true, true, false, false])
  })

  it('looks beside the file for both spellings', () => {
    expect(sidecarPaths('/m/my.onnx')).toEqual(['/m/my.onnx.json', '/m/my.json'])
  })
})
