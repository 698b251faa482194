// The IS-Net file that npm brings: read, written without loss, and prepared. Its answers are compared in tests-all.

import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { describeModel } from './describe.ts'
import { readIsNet } from './isnet-file.fixture.ts'
import { DATA_TYPE, decodeModel, encodeModel } from './onnx.ts'
import { prepareGraph } from './prepare.ts'

const SIDE = 1024

const file = readIsNet()
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe.skipIf(file === null)('the IS-Net file', () => {
  it('is written as it was read, byte by byte', () => {
    expect(digest(encodeModel(decodeModel(file!)))).toBe(digest(file!))
  })

  it('is prepared to one output in single precision, without casts', () => {
    const prepared = prepareGraph(file!, { output: null })
    const { graph } = decodeModel(prepared)
    expect(graph!.node.filter(({ opType }) => opType === 'Cast')).toEqual([])
    expect(new Set(graph!.initializer.map(({ dataType }) => dataType))).toEqual(new Set([DATA_TYPE.float32]))
    const dims = [1, 1, SIDE, SIDE]
    expect(describeModel(prepared)).toMatchObject({
      inputs: [{ name: 'input', type: 'float32', dims: [1, 3, SIDE, SIDE] }],
      outputs: [{ name: 'output', type: 'float32', dims }],
    })
    expect(describeModel(file!).outputs.length).toBe(12)
  })

  it('is not prepared when it is cut short', () => {
    for (const part of [0.1, 0.5, 0.9, 0.999_999]) {
      const cut = file!.subarray(0, Math.floor(file!.length * part))
      expect(() => prepareGraph(cut, { output: null })).toThrow('Unsupported model file')
    }
  })
})
