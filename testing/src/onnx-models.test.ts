// Each test network, run by onnxruntime, against the formula in its docstring.

import { type ModelManifest, packTensor, toAlpha } from '@koutu/core'
import { halfToFloat } from '@koutu/node'
import { InferenceSession, Tensor } from '@koutu/node/onnxruntime'
import { describe, expect, it } from 'vitest'
import { buildTestModel, type TestModelOptions } from './onnx-models.ts'

const width = 5
const height = 4
/** Red, green and blue rise at different paces; the first pixel is black and the last white. */
const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) =>
  i < 3 ? 0 : i >= width * height * 3 - 3 ? 255 : (i * 37) % 256,
)
const means = Array.from({ length: width * height }, (_, i) => {
  return (pixels[i * 3]! + pixels[i * 3 + 1]! + pixels[i * 3 + 2]!) / 765
})

async function alphaOf(options: TestModelOptions, output: ModelManifest['output']['kind']) {
  const session = await InferenceSession.create(buildTestModel(options), { logSeverityLevel: 3 })
  const data = packTensor(pixels, { width, height }, { mean: [0, 0, 0], std: [1, 1, 1] })
  const { output: tensor } = await session.run({ input: new Tensor('float32', data, [1, 3, height, width]) })
  if (!tensor) throw new Error('no output')
  const values =
    tensor.type === 'float16'
      ? halfToFloat(tensor.data as Uint16Array)
      : Float32Array.from(tensor.data as ArrayLike<number>, Number)
  const alpha = toAlpha({ dims: tensor.dims, data: values }, output)
  return { type: tensor.type, alpha: Array.from(alpha.data) }
}

function expectClose(actual: readonly number[], expected: readonly number[], tolerance: number) {
  expect(actual.length).toBe(expected.length)
  for (const [i, value] of actual.entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(tolerance)
}

describe('test networks', () => {
  it('prob answers the mean of the channels', async () => {
    expectClose((await alphaOf({ kind: 'prob', size: 'dynamic' }, 'prob')).alpha, means, 1e-6)
  })

  it('logits answers a steep sigmoid of the mean', async () => {
    const expected = means.map((m) => 1 / (1 + Math.exp(-8 * (m - 0.5))))
    expectClose((await alphaOf({ kind: 'logits', size: 'dynamic' }, 'logits')).alpha, expected, 1e-6)
  })

  it('minmax answers means that are stretched to the whole range', async () => {
    expectClose((await alphaOf({ kind: 'minmax', size: 'dynamic' }, 'minmax')).alpha, means, 1e-6)
  })

  it('minmax-empty stays faint', async () => {
    const { alpha } = await alphaOf({ kind: 'minmax-empty', size: 'dynamic' }, 'minmax')
    expect(Math.max(...alpha)).toBeLessThan(0.11)
    expect(Math.max(...alpha)).toBeGreaterThan(0.05)
  })

  it('argmax answers a class', async () => {
    const { type, alpha } = await alphaOf({ kind: 'argmax', size: 'dynamic' }, 'argmax')
    expect(type).toBe('int64')
    expect(alpha).toEqual(means.map((m) => (m > 0.5 ? 1 : 0)))
  })

  it('answers half precision where asked', async () => {
    const { type, alpha } = await alphaOf({ kind: 'prob', size: 'dynamic', outputType: 'float16' }, 'prob')
    expect(type).toBe('float16')
    expectClose(alpha, means, 2 ** -11)
  })

  it('has a fixed size and padding where asked', async () => {
    const model = buildTestModel({ kind: 'prob', size: 8, paddingBytes: 10_000 })
    expect(model.length).toBeGreaterThan(10_000)
    expect(model.length).toBeLessThan(11_000)
    const session = await InferenceSession.create(model, { logSeverityLevel: 3 })
    const input = (side: number) => new Tensor('float32', new Float32Array(3 * side * side), [1, 3, side, side])
    expect((await session.run({ input: input(8) })).output?.dims).toEqual([1, 1, 8, 8])
    await expect(session.run({ input: input(9) })).rejects.toThrow()
  })
})
