import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeModel, weightLimitFor } from '@koutu/node'
import { InferenceSession, Tensor } from '@koutu/node/onnxruntime'
import { runTrial } from '@koutu/node/trial'
import { describe, expect, it } from 'vitest'
import {
  LIMIT_LAYERS,
  LIMIT_SCALE,
  LIMIT_SHAPES,
  LIMIT_ZERO,
  type LimitPrecision,
  type LimitShape,
  limitGraph,
  limitInput,
  limitMacs,
} from './limit-graphs.ts'
import { countMacs } from './operations.ts'

const SMALL: readonly LimitShape[] = [
  { name: 'conv', kind: 'conv', channels: 16, side: 9, kernel: 3 },
  { name: 'matmul', kind: 'matmul', channels: 12, side: 7, kernel: 1 },
]
const real = (q: number) => (q - LIMIT_ZERO) * LIMIT_SCALE

describe('the graphs of the limit', () => {
  it.each([...SMALL, ...LIMIT_SHAPES])('count as many multiplications as they do: $name', (shape) => {
    const model = decodeModel(limitGraph(shape, 'fp32'))
    const { graph } = model
    // The layers between are all of the input's shape.
    graph!.valueInfo = graph!.node.map(({ output }) => ({ ...graph!.input[0]!, name: output[0]! }))
    expect(countMacs(model)).toEqual({ macs: limitMacs(shape), layers: LIMIT_LAYERS })
  })

  it.each(SMALL)('answer alike in both precisions: $name', async (shape) => {
    const weightLimit = weightLimitFor(await runTrial(1, [{ channels: 32, side: 8 }]))
    const dims = limitInput(shape)
    const length = dims.reduce((product, dim) => product * dim, 1)
    const levels = Uint8Array.from({ length }, (_, i) => LIMIT_ZERO + 40 * Math.sin(i))
    const run = async (precision: LimitPrecision, x: Tensor) => {
      const session = await InferenceSession.create(limitGraph(shape, precision, weightLimit))
      const { y } = await session.run({ x })
      await session.release()
      expect(y!.dims).toEqual(dims)
      return [...(y!.data as Float32Array | Uint8Array)]
    }
    const exact = await run('fp32', new Tensor('float32', Float32Array.from(levels, real), dims))
    const rounded = (await run('int8', new Tensor('uint8', levels, dims))).map(real)
    const size = exact.reduce((sum, y) => sum + Math.abs(y), 0) / length
    const difference = exact.reduce((sum, y, i) => sum + Math.abs(y - rounded[i]!), 0) / length
    // Numbers that fade away would be multiplied as fast, but not be known to be right.
    expect(size).toBeGreaterThan(10 * LIMIT_SCALE)
    // Four layers, each rounded by a quarter of a step on average, its weights by less.
    expect(difference).toBeLessThan(LIMIT_SCALE)
  })

  it.each([
    [SMALL[0]!, 'QLinearConv'],
    [SMALL[1]!, 'QLinearMatMul'],
  ])('multiply integers where they say so: %o', async (shape, operator) => {
    const folder = await mkdtemp(join(tmpdir(), 'koutu-limit-'))
    const optimizedModelFilePath = join(folder, 'optimized.onnx')
    const session = await InferenceSession.create(limitGraph(shape, 'int8'), {
      graphOptimizationLevel: 'extended',
      optimizedModelFilePath,
    })
    await session.release()
    const { graph } = decodeModel(await readFile(optimizedModelFilePath))
    await rm(folder, { recursive: true })
    expect(graph!.node.map(({ opType }) => opType)).toEqual(Array(LIMIT_LAYERS).fill(operator))
  })
})
