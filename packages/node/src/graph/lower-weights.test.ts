// Weights within 63: what each convolution means stays the same, and no product of two bytes can overflow.

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeGraph, makeModel, makeNode, makeTensor, makeValueInfo } from './build.ts'
import { lowerWeights } from './lower-weights.ts'
import { DATA_TYPE, type ModelProto } from './onnx.ts'
import { tensorNumbers } from './tensors.ts'

const INPUTS = ['x', 'x-scale', 'x-zero', 'w', 'w-scales', 'w-zeros', 'y-scale', 'y-zero', 'b']

function convolution(weights: Int8Array, scale: number, bias: number): ModelProto {
  const graph = makeGraph('one', {
    node: [{ ...makeNode('QLinearConv', INPUTS, ['y']), domain: 'com.microsoft' }],
    input: [makeValueInfo('x', DATA_TYPE.uint8, [1, 1, 1, weights.length])],
    output: [makeValueInfo('y', DATA_TYPE.uint8, [1, 1, 1, 1])],
    initializer: [
      makeTensor('w', [1, weights.length, 1, 1], weights),
      makeTensor('w-scales', [1], Float32Array.of(scale)),
      makeTensor('w-zeros', [1], Int8Array.of(0)),
      makeTensor('b', [1], Int32Array.of(bias)),
      makeTensor('y-zero', [], Uint8Array.of(128)),
    ],
  })
  return makeModel(graph, 15)
}

function numbers({ graph }: ModelProto, name: string): number[] {
  return Array.from(tensorNumbers(graph!.initializer.find((tensor) => tensor.name === name)!), Number)
}

const weight = fc.integer({ min: -127, max: 127 })
const anyConvolution = fc.record({
  weights: fc.array(weight, { minLength: 2, maxLength: 40 }).map((list) => Int8Array.from(list)),
  scale: fc.float({ min: Math.fround(1e-4), max: 1, noNaN: true }),
  bias: fc.integer({ min: -(2 ** 24), max: 2 ** 24 }),
})

describe('lowered weights', () => {
  it('are within the limit, so that two products fit into 16 bits', () => {
    fc.assert(
      fc.property(anyConvolution, ({ weights, scale, bias }) => {
        const lowered = numbers(lowerWeights(convolution(weights, scale, bias)), 'w')
        const largest = Math.max(...lowered.map(Math.abs))
        expect(largest).toBeLessThanOrEqual(63)
        expect(2 * 255 * largest).toBeLessThan(2 ** 15)
      }),
    )
  })

  it('differ from the full ones by three quarters of a step at most, biases by half a step', () => {
    fc.assert(
      fc.property(anyConvolution, ({ weights, scale, bias }) => {
        const lowered = lowerWeights(convolution(weights, scale, bias))
        const [step = 0] = numbers(lowered, 'w-scales')
        expect(step / scale).toBeCloseTo(127 / 63, 5)
        const halfStep = (step / 2) * 1.0001
        for (const [i, value] of numbers(lowered, 'w').entries()) {
          expect(Math.abs(value * step - weights[i]! * scale)).toBeLessThanOrEqual(1.5 * halfStep)
        }
        const [shifted = 0] = numbers(lowered, 'b')
        expect(Math.abs(shifted * step - bias * scale)).toBeLessThanOrEqual(halfStep + Math.abs(bias * scale) * 1e-6)
      }),
    )
  })

  it('keep the sum of a filter: odd weights, which end up halfway, do not all shrink', () => {
    fc.assert(
      fc.property(fc.constantFrom(1, 3, -1, -5, 21), fc.integer({ min: 2, max: 300 }), (value, length) => {
        const lowered = numbers(lowerWeights(convolution(new Int8Array(length).fill(value), 1, 0)), 'w')
        const sum = lowered.reduce((total, one) => total + one, 0)
        expect(Math.abs(sum - (value * length * 63) / 127)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('leave the given model and everything else as it was', () => {
    const model = convolution(Int8Array.of(127, -127, 1), 0.5, 1000)
    const lowered = lowerWeights(model)
    expect(numbers(model, 'w')).toEqual([127, -127, 1])
    expect(numbers(model, 'b')).toEqual([1000])
    expect(numbers(lowered, 'w')).toEqual([63, -63, 0])
    expect(numbers(lowered, 'b')).toEqual([496])
    expect(numbers(lowered, 'y-zero')).toEqual([128])
    expect(lowered.graph?.node).toEqual(model.graph?.node)
  })
})
