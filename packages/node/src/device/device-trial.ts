// Tries out one accelerator: whether it computes what it should, and whether it is faster than the processor. Runs inside an
// inference process, which a driver may take down.

import type { Accelerator } from '@koutu/core'
import { makeGraph, makeModel, makeNode, makeTensor, makeValueInfo } from '../graph/build.ts'
import { DATA_TYPE, encodeModel } from '../graph/onnx.ts'
import { reasonOf } from './reason.ts'
import { floatTest, halfTest, type SelfTestGraph } from './self-tests.ts'

interface TrialSession {
  /** One input and one output, both float32. */
  run(input: Float32Array, dims: readonly number[]): Promise<Float32Array>
  release(): Promise<void>
}

/** What is tried: onnxruntime, or something in its place that fails. */
export interface TrialPort {
  open(graph: Uint8Array, on: Accelerator | 'cpu'): Promise<TrialSession>
  nowMs(): number
}

interface DeviceMeasures {
  /** The most that a number of the test with a known answer was off. */
  readonly offBy: number
  /** Whether half precision is right, too. For reports: networks run in single precision. */
  readonly hasHalves: boolean
  /** Milliseconds of the same small network on both, best of several. */
  readonly deviceMs: number
  readonly processorMs: number
}

/** `fault`: why it must not be used, or null. */
export type DeviceTrial = { readonly fault: string } | ({ readonly fault: null } & DeviceMeasures)

/** Part of the name under which a result is remembered: raised when the trial changes. */
export const DEVICE_TRIAL_VERSION = 1

/** Shares of the default network's work: 0.05 % and 3 %. The second is run where the first is not hopelessly slow. */
const SIDES = [64, 512] as const
const HOPELESS = 4
const ROUNDS = 3
/** Sums of thousands of floats in another order differ by as much. */
const NETWORK_TOLERANCE = 5e-3

export async function runDeviceTrial(device: Accelerator, port: TrialPort): Promise<DeviceTrial> {
  try {
    const offBy = await checkAnswer(floatTest(), device, port)
    const hasHalves = await checkAnswer(halfTest(), device, port).then(
      () => true,
      () => false,
    )
    return { fault: null, offBy, hasHalves, ...(await measure(device, port)) }
  } catch (error) {
    return { fault: reasonOf(error) }
  }
}

/** How far off the device is. Errors: of the runtime, or one that says that it is too far off. */
async function checkAnswer(test: SelfTestGraph, device: Accelerator, port: TrialPort): Promise<number> {
  const session = await port.open(test.graph, device)
  try {
    const answer = await session.run(Float32Array.from(test.input), test.dims)
    return checkClose(answer, test.output, test.tolerance)
  } finally {
    await session.release()
  }
}

function checkClose(actual: Float32Array, expected: ArrayLike<number>, tolerance: number): number {
  let worst = 0
  for (let i = 0; i < expected.length; i++) {
    // Not Math.max, so that a NaN stays.
    const off = Math.abs(expected[i]! - (actual[i] ?? Number.NaN))
    if (!(off <= worst)) worst = off
    if (Number.isNaN(worst)) break
  }
  // Not >, so that NaN fails.
  if (!(worst <= tolerance)) throw new Error(`it is off by ${worst} in a test whose answer is known`)
  return worst
}

async function measure(
  device: Accelerator,
  port: TrialPort,
): Promise<Pick<DeviceMeasures, 'deviceMs' | 'processorMs'>> {
  let result = { deviceMs: 0, processorMs: 0 }
  for (const side of SIDES) {
    const expected = await timed('cpu', side, port, Number.POSITIVE_INFINITY)
    const hopelessMs = HOPELESS * expected.ms
    const found = await timed(device, side, port, hopelessMs)
    checkClose(found.answer, expected.answer, NETWORK_TOLERANCE)
    result = { deviceMs: found.ms, processorMs: expected.ms }
    if (found.ms > hopelessMs) break
  }
  return result
}

/** Best of several, but one is enough where it is hopeless. */
async function timed(
  on: Accelerator | 'cpu',
  side: number,
  port: TrialPort,
  hopelessMs: number,
): Promise<{ readonly ms: number; readonly answer: Float32Array }> {
  const session = await port.open(smallNetwork(side), on)
  try {
    const input = Float32Array.from({ length: 3 * side * side }, (_, i) => ((i * 37) % 101) / 101)
    const dims = [1, 3, side, side]
    // The first run compiles what the others use.
    let answer = await session.run(input, dims)
    let ms = Number.POSITIVE_INFINITY
    for (let round = 0; round < ROUNDS; round++) {
      const begin = port.nowMs()
      answer = await session.run(input, dims)
      ms = Math.min(ms, port.nowMs() - begin)
      if (ms > hopelessMs) break
    }
    return { ms, answer }
  } finally {
    await session.release()
  }
}

const CHANNELS = 64

/** An image in, alpha out, in between what networks spend their time on: convolutions of many channels. */
function smallNetwork(side: number): Uint8Array {
  const inner = side / 2
  const convolution = (name: string, from: string, to: string, stride: bigint) =>
    makeNode('Conv', [from, name], [to], { pads: [1n, 1n, 1n, 1n], strides: [stride, stride] })
  const graph = makeGraph('trial', {
    node: [
      convolution('w0', 'in', 'a', 2n),
      makeNode('Relu', ['a'], ['b']),
      convolution('w1', 'b', 'c', 1n),
      makeNode('Relu', ['c'], ['d']),
      convolution('w2', 'd', 'e', 1n),
      makeNode('Relu', ['e'], ['f']),
      convolution('w3', 'f', 'g', 1n),
      makeNode('Sigmoid', ['g'], ['out']),
    ],
    initializer: [
      weights('w0', CHANNELS, 3),
      weights('w1', CHANNELS, CHANNELS),
      weights('w2', CHANNELS, CHANNELS),
      weights('w3', 1, CHANNELS),
    ],
    input: [makeValueInfo('in', DATA_TYPE.float32, [1, 3, side, side])],
    output: [makeValueInfo('out', DATA_TYPE.float32, [1, 1, inner, inner])],
  })
  return encodeModel(makeModel(graph, 15))
}

/** Numbers around 0 that keep sums near the size of what goes in. */
function weights(name: string, outputs: number, inputs: number): ReturnType<typeof makeTensor> {
  const scale = 2 / Math.sqrt(inputs * 9)
  const numbers = Float32Array.from(
    { length: outputs * inputs * 9 },
    (_, i) => (((i * 7919) % 997) / 997 - 0.5) * scale,
  )
  return makeTensor(name, [outputs, inputs, 3, 3], numbers)
}
