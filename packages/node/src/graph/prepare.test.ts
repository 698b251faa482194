// Prepared graphs against the originals, both run by onnxruntime; and graphs that cannot be prepared.

import { isKoutuError } from '@koutu/core'
import { buildTestModel } from '@koutu/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InferenceSession, Tensor } from '../engine/onnxruntime.ts'
import { makeGraph, makeModel, makeNode, makeTensor, makeValueInfo } from './build.ts'
import { describeModel } from './describe.ts'
import { DATA_TYPE, decodeModel, encodeModel, type GraphProto, type ModelProto, type NodeProto } from './onnx.ts'
import { prepareGraph } from './prepare.ts'

const { float32, float16, bool } = DATA_TYPE
const DIMS = [1, 2, 2, 2]
const X = Float32Array.of(0.5, -1, 2, 0.25, -3, 1.5, 0, 4)

type Parts = Partial<GraphProto> & { node: NodeProto[] }

/** A model from `x` to `y`, both float32 of eight numbers. */
function model(parts: Parts, opset = 17): ModelProto {
  return makeModel(
    makeGraph('g', {
      input: [makeValueInfo('x', float32, DIMS)],
      output: [makeValueInfo('y', float32, DIMS)],
      ...parts,
    }),
    opset,
  )
}

function prepare(source: ModelProto, output: string | null = null): Uint8Array {
  return prepareGraph(encodeModel(source), { output })
}

async function run(bytes: Uint8Array): Promise<number[]> {
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 3, graphOptimizationLevel: 'disabled' })
  const results = await session.run({ x: new Tensor('float32', X, DIMS) }, [session.outputNames[0]!])
  return Array.from(results[session.outputNames[0]!]!.data as Float32Array)
}

function graphOf(bytes: Uint8Array): GraphProto {
  return decodeModel(bytes).graph!
}

const operators = (bytes: Uint8Array) => graphOf(bytes).node.map(({ opType }) => opType)
const scalar = (name: string, value: number) => makeTensor(name, [], Float32Array.of(value))
/** 0x4000 is 2, 0x3800 is 0.5, 0x3555 is about 1/3. */
const half = (name: string, bits: number) => makeTensor(name, [], Uint16Array.of(bits), float16)
const cast = (from: string, to: string, type: number) => makeNode('Cast', [from], [to], { to: BigInt(type) })

describe('half-precision storage', () => {
  it('of initialisers and constants becomes single precision', async () => {
    const source = model({
      initializer: [half('w16', 0x3555)],
      node: [
        cast('w16', 'w', float32),
        makeNode('Constant', [], ['c16'], { value: half('', 0x4000) }),
        cast('c16', 'c', float32),
        makeNode('Mul', ['x', 'w'], ['xw']),
        makeNode('Add', ['xw', 'c'], ['y']),
      ],
    })
    const original = await run(encodeModel(source))
    const prepared = prepare(source)
    // A constant's type is not stated, so the cast after it may stay; it must be idle.
    expect(operators(prepared).filter((type) => type === 'Cast').length).toBeLessThanOrEqual(1)
    expect(graphOf(prepared).initializer.map(({ dataType }) => dataType)).toEqual([float32])
    expect(await run(prepared)).toEqual(original)
  })

  it('with half-precision activations runs without a cast', async () => {
    const source = model({
      initializer: [half('w', 0x3800)],
      node: [
        makeNode('Mul', ['x16', 'w'], ['m16']),
        makeNode('Relu', ['m32'], ['r32']),
        makeNode('Sigmoid', ['r16'], ['y16']),
        // Converters append their casts behind the nodes that need them.
        cast('x', 'x16', float16),
        cast('m16', 'm32', float32),
        cast('r32', 'r16', float16),
        cast('y16', 'y', float32),
      ],
      valueInfo: [
        makeValueInfo('m16', float16, DIMS),
        makeValueInfo('r32', float32, DIMS),
        makeValueInfo('y16', float16, DIMS),
      ],
    })
    const original = await run(encodeModel(source))
    const prepared = prepare(source)
    expect(operators(prepared)).toEqual(['Mul', 'Relu', 'Sigmoid'])
    expect(graphOf(prepared).valueInfo.every(({ type }) => type?.tensorType?.elemType === float32)).toBe(true)
    for (const [i, value] of (await run(prepared)).entries()) {
      expect(Math.abs(value - original[i]!)).toBeLessThan(1e-3)
      expect(Math.abs(value - 1 / (1 + Math.exp(-Math.max(0, X[i]! / 2))))).toBeLessThan(1e-6)
    }
  })

  it('of inputs and outputs becomes single precision', async () => {
    const source = model({
      input: [makeValueInfo('x', float16, DIMS)],
      output: [makeValueInfo('y', float16, DIMS)],
      initializer: [half('w', 0x4000)],
      node: [makeNode('Mul', ['x', 'w'], ['y'])],
    })
    const prepared = prepare(source)
    expect(describeModel(prepared).inputs).toEqual([{ name: 'x', type: 'float32', dims: DIMS }])
    expect(describeModel(prepared).outputs).toEqual([{ name: 'y', type: 'float32', dims: DIMS }])
    expect(await run(prepared)).toEqual(Array.from(X, (value) => value * 2))
  })

  it('inside a branch is widened with the rest', async () => {
    const branch = (name: string, bits: number) =>
      makeGraph(name, {
        node: [makeNode('Mul', ['x16', `${name}-w`], [`${name}-out`])],
        initializer: [half(`${name}-w`, bits)],
        input: [],
        output: [makeValueInfo(`${name}-out`, float16, DIMS)],
      })
    const source = model({
      initializer: [makeTensor('yes', [], Uint8Array.of(1), bool)],
      node: [
        cast('x', 'x16', float16),
        makeNode('If', ['yes'], ['y16'], { then_branch: branch('then', 0x4000), else_branch: branch('else', 0x3800) }),
        cast('y16', 'y', float32),
      ],
    })
    expect(await run(prepare(source))).toEqual(await run(encodeModel(source)))
    expect(await run(prepare(source))).toEqual(Array.from(X, (value) => value * 2))
  })

  it('stays where an operator cannot be looked into', () => {
    const unknown = { ...makeNode('Secret', ['x16'], ['y16']), domain: 'com.example' }
    const source = model({ node: [cast('x', 'x16', float16), unknown, cast('y16', 'y', float32)] })
    expect(operators(prepare(source))).toEqual(['Cast', 'Secret', 'Cast'])
    expect(prepare(source)).toEqual(encodeModel(source))
  })
})

describe('casts', () => {
  it('that do something stay', async () => {
    const source = model({
      node: [cast('x', 'i', DATA_TYPE.int32), cast('i', 'y', float32)],
      valueInfo: [makeValueInfo('i', DATA_TYPE.int32, DIMS)],
    })
    expect(await run(prepare(source))).toEqual(Array.from(X, Math.trunc))
  })

  it('between the input and the output alone stay, so that both names do', async () => {
    expect(await run(prepare(model({ node: [cast('x', 'y', float32)] })))).toEqual(Array.from(X))
  })

  it('in a row go, and the output keeps its name', async () => {
    const source = model({
      node: [
        makeNode('Neg', ['x'], ['n']),
        cast('n', 'a', float16),
        cast('a', 'b', float32),
        makeNode('Neg', ['b'], ['c']),
        cast('c', 'd', float16),
        cast('d', 'y', float32),
      ],
      valueInfo: [makeValueInfo('n', float32, DIMS), makeValueInfo('c', float32, DIMS)],
    })
    expect(operators(prepare(source))).toEqual(['Neg', 'Neg'])
    expect(await run(prepare(source))).toEqual(Array.from(X))
  })

  it('whose value is read inside a branch stay', async () => {
    const branch = (name: string, operator: string) =>
      makeGraph(name, {
        node: [makeNode(operator, ['seen'], [`${name}-out`])],
        input: [],
        output: [makeValueInfo(`${name}-out`, float32, DIMS)],
      })
    const source = model({
      initializer: [makeTensor('yes', [], Uint8Array.of(0), bool)],
      node: [
        cast('x', 'seen', float32),
        makeNode('If', ['yes'], ['y'], { then_branch: branch('then', 'Abs'), else_branch: branch('else', 'Neg') }),
      ],
    })
    expect(await run(prepare(source))).toEqual(Array.from(X, (value) => -value))
  })
})

describe('what the output does not need', () => {
  const source = () =>
    model({
      output: [makeValueInfo('y', float32, DIMS), makeValueInfo('z', float32, DIMS)],
      initializer: [scalar('two', 2), scalar('three', 3), scalar('unused', 4)],
      node: [
        makeNode('Abs', ['x'], ['a']),
        makeNode('Mul', ['a', 'two'], ['y']),
        makeNode('Mul', ['a', 'three'], ['z']),
        makeNode('Neg', ['x'], ['dead']),
      ],
      valueInfo: [makeValueInfo('a', float32, DIMS), makeValueInfo('dead', float32, DIMS)],
    })

  it('is cut, for the first output', async () => {
    const graph = graphOf(prepare(source()))
    expect(graph.node.map(({ output }) => output[0])).toEqual(['a', 'y'])
    expect(graph.initializer.map(({ name }) => name)).toEqual(['two'])
    expect(graph.valueInfo.map(({ name }) => name)).toEqual(['a'])
    expect(graph.output.map(({ name }) => name)).toEqual(['y'])
    expect(await run(prepare(source()))).toEqual(Array.from(X, (value) => Math.abs(value) * 2))
  })

  it('is cut, for another output', async () => {
    expect(await run(prepare(source(), 'z'))).toEqual(Array.from(X, (value) => Math.abs(value) * 3))
  })

  it('is cut although it is declared as a replaceable input', async () => {
    const listed = source()
    listed.graph!.input.push(makeValueInfo('two', float32, []), makeValueInfo('unused', float32, []))
    expect(graphOf(prepare(listed)).input.map(({ name }) => name)).toEqual(['x'])
    // Before IR version 4 every initialiser had to be listed.
    listed.irVersion = 3n
    expect(graphOf(prepare(listed)).input.map(({ name }) => name)).toEqual(['x', 'two'])
    expect(await run(prepare(listed))).toEqual(Array.from(X, (value) => Math.abs(value) * 2))
  })

  it('is named in the error when it is asked for and missing', () => {
    expect(() => prepare(source(), 'alpha')).toThrow("expected an output 'alpha' but the graph has: y, z")
  })
})

describe('other graphs', () => {
  it('pass unchanged', () => {
    for (const kind of ['logits', 'prob', 'minmax', 'minmax-empty', 'argmax'] as const) {
      const bytes = buildTestModel({ kind, size: 'dynamic' })
      const { graph: prepared } = decodeModel(prepareGraph(bytes, { output: null }))
      const { graph: original } = decodeModel(bytes)
      // The last cast of these is idle but its input's type is not stated.
      expect(prepared).toEqual(original)
    }
  })

  it('are put into running order, however shuffled', async () => {
    const chain = Array.from({ length: 12 }, (_, i) =>
      makeNode(i % 2 === 0 ? 'Neg' : 'Abs', [i === 0 ? 'x' : `v${i - 1}`], [i === 11 ? 'y' : `v${i}`]),
    )
    const sorted = prepare(model({ node: chain }))
    expect(graphOf(sorted).node).toEqual(chain)
    fc.assert(
      fc.property(fc.shuffledSubarray(chain, { minLength: 12 }), (node) => {
        expect(graphOf(prepare(model({ node }))).node).toEqual(chain)
      }),
      { numRuns: 20 },
    )
  })

  it('of thirty thousand nodes do not exhaust the stack', () => {
    const length = 30_000
    const node = Array.from({ length }, (_, i) =>
      makeNode('Neg', [i === 0 ? 'x' : `${i - 1}`], [i === length - 1 ? 'y' : `${i}`]),
    ).reverse()
    expect(graphOf(prepare(model({ node }))).node.at(-1)?.output).toEqual(['y'])
  })

  it('keep documentation and everything else that is not looked at', () => {
    const source = model({ node: [makeNode('Neg', ['x'], ['y'])] })
    // doc_string of model, graph and node: field numbers 6, 10 and 6.
    source.unknown = [Uint8Array.of(0x32, 1, 0x61)]
    source.graph!.unknown = [Uint8Array.of(0x52, 1, 0xff)]
    source.graph!.node[0]!.unknown = [Uint8Array.of(0x32, 1, 0x63)]
    expect(prepare(source)).toEqual(encodeModel(source))
  })
})

describe('graphs that cannot be run', () => {
  const outcome = (bytes: Uint8Array): string => {
    try {
      prepareGraph(bytes, { output: null })
      return 'prepared'
    } catch (error) {
      return isKoutuError(error) ? `${error.code}: ${error.message}` : `crash: ${error}`
    }
  }

  it('are refused with the reason', () => {
    const external = model({ node: [makeNode('Mul', ['x', 'w'], ['y'])], initializer: [scalar('w', 1)] })
    Object.assign(external.graph!.initializer[0]!, {
      dataLocation: 1,
      externalData: [{ key: 'location', value: 'model.onnx_data' }],
    })
    expect(outcome(encodeModel(external))).toMatch(/^MODEL_INVALID: .*'w' lies in 'model.onnx_data'/)
    const circle = model({ node: [makeNode('Add', ['x', 'b'], ['a']), makeNode('Add', ['a', 'x'], ['b'])] })
    circle.graph!.output = [makeValueInfo('b', float32, DIMS)]
    expect(outcome(encodeModel(circle))).toMatch(/^MODEL_INVALID: .*form a loop/)
    const twice = model({ node: [makeNode('Neg', ['x'], ['y']), makeNode('Abs', ['x'], ['y'])] })
    expect(outcome(encodeModel(twice))).toMatch(/^MODEL_INVALID: .*'y' is made twice/)
    const lost = model({ node: [makeNode('Neg', ['x'], ['z'])] })
    expect(outcome(encodeModel(lost))).toMatch(/^MODEL_INVALID: .*no node makes the output 'y'/)
    expect(outcome(new Uint8Array())).toMatch(/^MODEL_INVALID/)
    expect(outcome(new TextEncoder().encode('<!DOCTYPE html><html>'))).toMatch(/^MODEL_INVALID/)
    const short = model({ node: [makeNode('Mul', ['x', 'w'], ['y'])], initializer: [half('w', 0)] })
    short.graph!.initializer[0]!.dims = [2n ** 50n]
    expect(outcome(encodeModel(short))).toMatch(/^MODEL_INVALID: .*numbers/)
  })

  const whole = encodeModel(
    model({
      initializer: [half('w', 0x3800), scalar('unused', 1)],
      node: [
        cast('x', 'x16', float16),
        makeNode('Constant', [], ['c16'], { value: half('', 0x4000) }),
        makeNode('Mul', ['x16', 'w'], ['m16']),
        makeNode('Add', ['m16', 'c16'], ['a16']),
        cast('a16', 'y', float32),
      ],
      valueInfo: [makeValueInfo('a16', float16, DIMS)],
    }),
  )

  it('are refused or prepared when cut at any byte', () => {
    for (let length = 0; length < whole.length; length++) {
      expect(outcome(whole.subarray(0, length))).toMatch(/^(prepared|MODEL_INVALID)/)
    }
  })

  it('are refused or prepared when any bit is flipped', () => {
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const flipped = whole.slice()
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      expect(outcome(flipped)).toMatch(/^(prepared|MODEL_INVALID)/)
    }
  })

  it('are refused or prepared when bytes are overwritten', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 2 }), (changes) => {
        const changed = whole.slice()
        for (const [at, value] of changes) changed[at] = value
        expect(outcome(changed)).toMatch(/^(prepared|MODEL_INVALID)/)
      }),
      { numRuns: 500 },
    )
  })
})
