// Runs one graph of the machine's limit over and over and answers how long each run took. A process of its own, so
// that nothing else of koutu is in it. Run with the shape, the precision and the number of runs as JSON.

import { availableParallelism } from 'node:os'
import { InferenceSession, Tensor } from '@koutu/node/onnxruntime'
import { LIMIT_SHAPES, LIMIT_ZERO, type LimitPrecision, limitGraph, limitInput } from '../network/limit-graphs.ts'

export interface LimitRequest {
  /** Place in LIMIT_SHAPES. */
  readonly shape: number
  readonly precision: LimitPrecision
  readonly runs: number
}

const { shape: index, precision, runs } = JSON.parse(process.argv[2]!) as LimitRequest
const shape = LIMIT_SHAPES[index]!
const dims = limitInput(shape)
const length = dims.reduce((product, dim) => product * dim, 1)
const x =
  precision === 'int8'
    ? new Tensor('uint8', new Uint8Array(length).fill(LIMIT_ZERO + 30), dims)
    : new Tensor('float32', new Float32Array(length).fill(0.5), dims)
// Threads spin while they wait, as onnxruntime has it by default: nobody else needs the processor here.
const session = await InferenceSession.create(limitGraph(shape, precision), {
  graphOptimizationLevel: 'all',
  intraOpNumThreads: availableParallelism(),
})
await session.run({ x })
const timesMs: number[] = []
for (let i = 0; i < runs; i++) {
  const begin = performance.now()
  await session.run({ x })
  timesMs.push(performance.now() - begin)
}
process.stdout.write(JSON.stringify(timesMs))
