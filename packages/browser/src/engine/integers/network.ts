// One int8 network in memory of its own: weights, and an arena whose places the plan has assigned. Knows nothing of workers.

import { type IntegerPlan, readPlan } from '../../files/integer-plan.ts'
import { packWeights } from './pack-weights.ts'
import { CONTROL_AT, layOut, type PlacedConvolution, pitchOf, TAKEN_OFFSET } from './records.ts'

/** What the inputs of products are on this processor: bytes, with a sign or without, or numbers of 16 bits; see product-kind.ts. */
export type ProductKind = 'unsigned' | 'signed' | 'wide'

export interface IntegerNetwork {
  readonly memory: WebAssembly.Memory
  readonly control: number
  /** RGB of the network's size, 8 bits; the answer is a copy. */
  run(pixels: Uint8Array): { readonly dims: readonly number[]; readonly data: Float32Array<ArrayBuffer> }
  /** Lets the threads go that serve this memory. */
  stop(): void
}

interface Kernel {
  run(control: number, thread: number): void
}

const PAGE_BYTES = 65536

/** `others` threads must run `serve` on this memory before `run` is called. Errors: ASSET_INVALID, RangeError without memory. */
export async function openNetwork(
  engine: WebAssembly.Module,
  planFile: Uint8Array,
  weights: Uint8Array,
  { products, others }: { readonly products: ProductKind; readonly others: number },
): Promise<IntegerNetwork> {
  const { plan, constants } = readPlan(planFile)
  const flip = products === 'signed' ? 0x80 : 0
  const layout = layOut(plan, { threads: others + 1, flip, isWide: products === 'wide' })
  const pages = Math.ceil(layout.bytes / PAGE_BYTES)
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
  const { buffer } = memory
  const bytes = new Uint8Array(buffer)
  for (const [at, words] of layout.words) new Int32Array(buffer, at, words.length).set(words)
  for (const [at, from] of layout.tables) bytes.set(constants.subarray(from, from + 256), at)
  for (const conv of layout.convolutions) placeConvolution(conv, buffer, { constants, weights }, flip)

  const { exports } = await WebAssembly.instantiate(engine, { env: { memory } })
  const kernel = exports as unknown as Kernel
  const runs = new Int32Array(buffer, CONTROL_AT, 1)
  const answer = answerOf(plan)
  return {
    memory,
    control: CONTROL_AT,
    run(pixels) {
      placePixels(pixels, plan.tensors[0]!, bytes.subarray(layout.arenaAt), flip)
      for (const at of layout.stepsAt) new Int32Array(buffer, at + TAKEN_OFFSET, 1)[0] = 0
      Atomics.add(runs, 0, 1)
      Atomics.notify(runs, 0)
      kernel.run(CONTROL_AT, 0)
      const { height, width, at } = answer
      const floats = new Float32Array(buffer, layout.arenaAt + at, height * width)
      return { dims: [1, 1, height, width], data: new Float32Array(floats) }
    },
    stop() {
      Atomics.store(runs, 0, -1)
      Atomics.notify(runs, 0)
    },
  }
}

/** The sums that a convolution starts from: what the zero points would add to each product is known beforehand. */
function placeConvolution(
  { step, shape, zero, weightsAt, sumsAt, factorsAt }: PlacedConvolution,
  buffer: ArrayBufferLike,
  files: { readonly constants: Uint8Array; readonly weights: Uint8Array },
  flip: number,
): void {
  const { outputs, channels, kernel, parts } = shape
  const source = step.weights.in === 'weights' ? files.weights : files.constants
  const places = kernel[0] * kernel[1]
  const sums = new Int32Array(buffer, sumsAt, outputs).fill(0)
  const packed = new Int8Array(buffer, weightsAt, outputs * places * parts.reduce((sum, part) => sum + part, 0))
  const own = new Int8Array(source.buffer, source.byteOffset + step.weights.at, outputs * channels * places)
  packWeights(own, shape, packed, sums)
  const { constants } = files
  const biases = new Int32Array(constants.slice(step.biases, step.biases + 4 * outputs).buffer)
  for (let i = 0; i < outputs; i++) sums[i] = biases[i]! + (flip - zero) * sums[i]!
  const factors = constants.subarray(step.factors, step.factors + 4 * outputs)
  new Uint8Array(buffer, factorsAt, factors.length).set(factors)
}

function placePixels(pixels: Uint8Array, tensor: IntegerPlan['tensors'][0], arena: Uint8Array, flip: number): void {
  const { at, height, width, border, zero } = tensor
  const pitch = pitchOf(tensor)
  arena.fill(zero ^ flip, at, at + (height + 2 * border) * pitch)
  let from = 0
  for (let y = 0; y < height; y++) {
    let to = at + (y + border) * pitch + 4 * border
    for (let x = 0; x < width; x++) {
      arena[to] = pixels[from]! ^ flip
      arena[to + 1] = pixels[from + 1]! ^ flip
      arena[to + 2] = pixels[from + 2]! ^ flip
      from += 3
      to += 4
    }
  }
}

function answerOf({ tensors, steps }: IntegerPlan): { height: number; width: number; at: number } {
  const last = steps.at(-1)
  if (last?.op !== 'double-logistic') throw new Error('expected a plan that ends with its answer')
  const { height, width } = tensors[last.input]!
  return { height: 2 * height, width: 2 * width, at: last.to }
}
