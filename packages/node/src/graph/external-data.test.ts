// Weights in a second file: what moves, where to, and that a runtime computes the same from two files as from one.

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { InferenceSession, Tensor } from '../engine/onnxruntime.ts'
import { makeGraph, makeModel, makeNode, makeTensor, makeValueInfo } from './build.ts'
import { joinWeights, MIN_EXTERNAL_BYTES, STEP_BYTES, splitWeights } from './external-data.ts'
import { DATA_TYPE, decodeModel, encodeModel, type ModelProto, type TensorProto } from './onnx.ts'
import { prepareGraph } from './prepare.ts'
import { widenHalf } from './tensors.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-external-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Some bytes that differ from place to place and from weight to weight. */
const bytesOf = (length: number, seed: number) => Uint8Array.from({ length }, (_, i) => 1 + ((i * 31 + seed * 7) % 255))

function modelOf(initializer: TensorProto[]): ModelProto {
  return makeModel(makeGraph('weights', { node: [], input: [], output: [], initializer }), 17)
}

function weightsOf({ graph }: ModelProto): readonly TensorProto[] {
  return graph!.initializer
}

/** What the graph says of where a weight lies, or null where it lies in the graph. */
function place({ dataLocation, externalData, rawData }: TensorProto) {
  if (dataLocation === undefined) return null
  expect([dataLocation, rawData]).toEqual([1, undefined])
  expect(externalData.map(({ key }) => key)).toEqual(['location', 'offset', 'length'])
  const [location, offset, length] = externalData.map(({ value }) => value)
  return { location, offset: Number(offset), length: Number(length) }
}

describe('joinWeights', () => {
  const split = () => {
    const source = modelOf([makeTensor('small', [3], bytesOf(3, 1)), makeTensor('large', [70_000], bytesOf(70_000, 2))])
    const { model, data } = splitWeights(source, 'w.data')
    return { source, model, data: Buffer.concat([...data]) }
  }

  it('is the way back', () => {
    const { source, model, data } = split()
    expect(encodeModel(joinWeights(model, data))).toEqual(encodeModel(source))
  })

  it('refuses a file that is cut off', () => {
    const { model, data } = split()
    expect(() => joinWeights(model, data.subarray(1))).toThrow(/'large' lie outside their file/)
  })
})

describe('splitWeights', () => {
  const size = fc.oneof(
    fc.integer({ min: 0, max: 64 }),
    fc.integer({ min: MIN_EXTERNAL_BYTES - 2, max: MIN_EXTERNAL_BYTES + 2 }),
    fc.integer({ min: 0, max: 4 * MIN_EXTERNAL_BYTES }),
  )

  it('puts each large weight at a step of its own, whole, and leaves the rest and the model given alone', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(size, fc.boolean()), { maxLength: 6 }), (sizes) => {
        const raw = sizes.map(([length], i) => bytesOf(length, i))
        const source = modelOf(
          sizes.map(([length, isLazy], i) => {
            const tensor = makeTensor(`w${i}`, [length], raw[i]!)
            const lazy = { byteLength: length, writeTo: (target: Uint8Array) => target.set(raw[i]!) }
            return isLazy ? { ...tensor, rawData: lazy } : tensor
          }),
        )
        const before = encodeModel(source)
        const { model, data } = splitWeights(source, 'w.data')
        expect(Buffer.compare(encodeModel(source), before)).toBe(0)

        const file = Buffer.concat([...data])
        expect(Buffer.compare(Buffer.concat([...data]), file)).toBe(0)
        let end = 0
        weightsOf(decodeModel(encodeModel(model))).forEach((tensor, i) => {
          expect([tensor.name, tensor.dims, tensor.dataType]).toEqual([
            `w${i}`,
            [BigInt(sizes[i]![0])],
            DATA_TYPE.uint8,
          ])
          const found = place(tensor)
          if (raw[i]!.length < MIN_EXTERNAL_BYTES) {
            expect(found).toBeNull()
            expect(Buffer.compare(tensor.rawData as Uint8Array, raw[i]!)).toBe(0)
            return
          }
          const { offset } = found!
          expect(found).toEqual({ location: 'w.data', offset, length: raw[i]!.length })
          expect(offset % STEP_BYTES).toBe(0)
          // No weight overlaps another, none is further away than it must be, and what is between them is zero.
          expect(offset - end).toBeGreaterThanOrEqual(0)
          expect(offset - end).toBeLessThan(STEP_BYTES)
          expect(file.subarray(end, offset).every((byte) => byte === 0)).toBe(true)
          end = offset + raw[i]!.length
          expect(Buffer.compare(file.subarray(offset, end), raw[i]!)).toBe(0)
        })
        expect(file).toHaveLength(end)
      }),
      { numRuns: 60 },
    )
  })

  it('leaves numbers that are not raw bytes, and a model without a graph', () => {
    const floats = { ...makeTensor('w', [20_000], new Float32Array(20_000)), floatData: new Uint8Array(80_000) }
    delete floats.rawData
    const { model, data } = splitWeights(modelOf([floats]), 'w.data')
    expect(weightsOf(model)).toEqual([floats])
    expect([...data]).toEqual([])
    const { graph: _, ...hollow } = modelOf([])
    expect(splitWeights(hollow, 'w.data').model).toEqual(hollow)
  })

  it('takes a step that Linux, macOS and Windows can all map at', () => {
    for (const bytes of [4096, 16_384, 65_536]) expect(STEP_BYTES % bytes).toBe(0)
  })
})

describe('a runtime', () => {
  const SIDE = 192
  /** Two products with weights that move, one of them half precision that is widened while it is written, and one that stays. */
  function network(): ModelProto {
    const numbers = Float32Array.from({ length: SIDE * SIDE }, (_, i) => Math.sin(i) / 8)
    const halves = Uint16Array.from({ length: SIDE * SIDE }, (_, i) => 0x2800 + ((i * 37) % 0x800))
    const graph = makeGraph('products', {
      node: [
        makeNode('MatMul', ['x', 'a'], ['xa']),
        makeNode('MatMul', ['xa', 'b'], ['xab']),
        makeNode('Add', ['xab', 'c'], ['y']),
      ],
      input: [makeValueInfo('x', DATA_TYPE.float32, [1, SIDE])],
      output: [makeValueInfo('y', DATA_TYPE.float32, [1, SIDE])],
      initializer: [
        makeTensor('a', [SIDE, SIDE], numbers),
        makeTensor(
          'c',
          [SIDE],
          Float32Array.from({ length: SIDE }, (_, i) => Math.cos(i)),
        ),
        widenHalf(makeTensor('b', [SIDE, SIDE], halves, DATA_TYPE.float16)),
      ],
    })
    return makeModel(graph, 17)
  }

  async function answers(model: string | Uint8Array, level: 'disabled' | 'all'): Promise<Float32Array> {
    const options = { logSeverityLevel: 3, graphOptimizationLevel: level } as const
    const session = await (typeof model === 'string'
      ? InferenceSession.create(model, options)
      : InferenceSession.create(model, options))
    const x = Float32Array.from({ length: SIDE }, (_, i) => (i % 7) - 3)
    const { y } = await session.run({ x: new Tensor('float32', x, [1, SIDE]) })
    await session.release()
    return y!.data as Float32Array
  }

  /** Both files in a folder of their own. */
  async function write(name: string): Promise<string> {
    await mkdir(join(folder, name))
    const { model, data } = splitWeights(network(), 'g.data')
    await writeFile(join(folder, name, 'g.onnx'), encodeModel(model))
    await writeFile(join(folder, name, 'g.data'), Buffer.concat([...data]))
    return join(folder, name)
  }

  it.each(['disabled', 'all'] as const)('computes the same from two files, optimization %s', async (level) => {
    const whole = await answers(encodeModel(network()), level)
    expect(new Set(whole).size).toBeGreaterThan(100)
    const place = await write(level)
    expect(await answers(join(place, 'g.onnx'), level)).toEqual(whole)
    // A cache folder may be a link to another disk.
    await symlink(place, `${place}-link`, 'dir')
    expect(await answers(join(`${place}-link`, 'g.onnx'), level)).toEqual(whole)
  })

  it('refuses a data file that is missing or too short', async () => {
    const place = await write('short')
    const { data } = splitWeights(network(), 'g.data')
    await writeFile(join(place, 'g.data'), Buffer.concat([...data]).subarray(0, -1))
    await expect(answers(join(place, 'g.onnx'), 'disabled')).rejects.toThrow()
    await rm(join(place, 'g.data'))
    await expect(answers(join(place, 'g.onnx'), 'disabled')).rejects.toThrow()
  })

  it('alone reads such a graph: it cannot be prepared again', () => {
    const { model } = splitWeights(network(), 'g.data')
    expect(() => prepareGraph(encodeModel(model), { output: null })).toThrow("'a' lies in 'g.data'")
  })
})
