// Compiles an int8 graph to a plan for koutu's own engine in the browser, or tells why it has to stay with onnxruntime. Steps come in
// the order in which the answer needs them; what is never read has none.

import { type Convolve, type PlanScale, type PlanStep, packPlan } from '@koutu/browser/assets'
import { type GraphProto, type NodeProto, type TensorProto, tensorNumbers } from '@koutu/node'
import { planArena } from './arena.ts'
import { equal, expectInPlan, GraphReader, int, ints, NotInPlan, text } from './graph-reader.ts'
import { matchDoubling, type Sizes } from './match-doubling.ts'

/** A quantized value: tensors whose channels follow one another. */
interface Value extends Sizes {
  readonly tensors: readonly number[]
}

interface DraftTensor extends Sizes {
  border: number
  zero: number | null
}

/** The plan's file, or the reason why there is none. */
export function compilePlan(graph: GraphProto): { readonly plan: Uint8Array } | { readonly reason: string } {
  try {
    return { plan: new Compiler(graph).compile() }
  } catch (error) {
    if (error instanceof NotInPlan) return { reason: `expected ${error.message}` }
    throw error
  }
}

const INT8 = 3

class Compiler {
  readonly #reader: GraphReader
  readonly #graph: GraphProto
  readonly #values = new Map<string, Value>()
  readonly #tensors: DraftTensor[] = []
  readonly #steps: PlanStep[] = []
  readonly #constants: Uint8Array[] = []
  #constantBytes = 0

  constructor(graph: GraphProto) {
    this.#graph = graph
    this.#reader = new GraphReader(graph)
  }

  compile(): Uint8Array {
    this.#addImage()
    const [sums, answer] = this.#addAnswer()
    return this.#pack(sums, answer)
  }

  #addImage(): void {
    const { input } = this.#graph
    const dims = input[0]?.type?.tensorType?.shape?.dim.map(({ dimValue }) => Number(dimValue ?? 0n)) ?? []
    const [batch, height = 0, width = 0, channels] = dims
    expectInPlan(input.length === 1 && dims.length === 4 && batch === 1 && channels === 3, 'one image of RGB, NHWC')
    this.#values.set(input[0]!.name ?? '', this.#newValue({ height, width, channels: 4 }, null))
  }

  /** Floats from the last bytes: summed, doubled, between 0 and 1. */
  #addAnswer(): readonly [sums: number, answer: number] {
    const reader = this.#reader
    const { output } = this.#graph
    expectInPlan(output.length === 1, 'one answer')
    const resize = reader.maker(reader.maker(output[0]!.name ?? '', 'Sigmoid').input[0]!, 'Resize')
    const isLinear = text(resize, 'mode', 'nearest') === 'linear'
    const isCentered = text(resize, 'coordinate_transformation_mode', 'half_pixel') === 'half_pixel'
    const add = reader.maker(resize.input[0]!, 'Add')
    const plane = reader.maker(add.input[0]!, 'Unsqueeze')
    const sum = reader.maker(plane.input[0]!, 'ReduceSum')
    const isPlane = reader.number(sum.input[1]) === 3 && int(sum, 'keepdims', 1) === 0
    expectInPlan(isPlane && reader.number(plane.input[1]) === 1, 'a sum of all channels')
    const dequantize = reader.maker(sum.input[0]!, 'DequantizeLinear')
    const { tensors, height, width } = this.#value(dequantize.input[0]!)
    const { scale, zero } = reader.scale(dequantize.input[1], dequantize.input[2])
    const isDoubled = resize.input.length === 3 && equal(reader.numbers(resize.input[2]), [1, 1, 2, 2])
    expectInPlan(isLinear && isCentered && isDoubled, 'an answer of twice the size, between the centers of pixels')
    const [input] = tensors as [number]
    expectInPlan(tensors.length === 1 && zero === 0 && this.#tensors[input]!.zero === 0, 'sums of bytes from zero')
    const offset = reader.number(add.input[1])
    // Their places follow with those of the tensors.
    this.#steps.push({ op: 'sum-channels', input, to: 0, scale, offset })
    this.#steps.push({ op: 'double-logistic', input, from: 0, to: 0 })
    return [4 * height * width, 16 * height * width]
  }

  #value(name: string): Value {
    const known = this.#values.get(name)
    if (known) return known
    const value = this.#make(this.#reader.maker(name), name)
    this.#values.set(name, value)
    return value
  }

  #make(node: NodeProto, name: string): Value {
    switch (node.opType) {
      case 'QLinearConv':
        return this.#convolve(node)
      case 'NhwcMaxPool':
        return this.#pool(node)
      case 'QLinearAdd':
        return this.#add(node)
      case 'Concat':
        return this.#concat(node)
      case 'QLinearConcat':
        return this.#concatScaled(node)
      case 'Reshape':
        return this.#double(name)
      default:
        throw new NotInPlan(`an operator with an integer form, not ${node.opType}`)
    }
  }

  #convolve(node: NodeProto): Value {
    const reader = this.#reader
    const input = this.#value(node.input[0]!)
    const from = reader.scale(node.input[1], node.input[2])
    const to = reader.scale(node.input[6], node.input[7])
    const weights = reader.constant(node.input[3])
    const [outputs = 0, channels = 0, height = 0, width = 0] = weights.dims.map(Number)
    const [stride = 1, strideX] = ints(node, 'strides', [1, 1])
    const [dilation = 1, dilationX] = ints(node, 'dilations', [1, 1])
    const [padding = 0, ...pads] = ints(node, 'pads', [0, 0, 0, 0])
    const isEven = strideX === stride && dilationX === dilation && pads.every((pad) => pad === padding)
    const isPlain = int(node, 'group', 1) === 1 && int(node, 'channels_last', 0) === 1
    expectInPlan(isEven && isPlain, 'a convolution that is the same along both sides, of all channels, NHWC')
    expectInPlan(
      reader.numbers(node.input[5]).every((zero) => zero === 0),
      'weights around zero',
    )
    expectInPlan(channels === Math.min(input.channels, channels) && channels > input.channels - 4, 'a weight a channel')
    for (const tensor of input.tensors) {
      const draft = this.#tensors[tensor]!
      draft.border = Math.max(draft.border, padding)
      draft.zero ??= from.zero
      expectInPlan(draft.zero === from.zero, 'the zero point that a value was made with')
    }
    const slid = (size: number, kernel: number) =>
      Math.floor((size + 2 * padding - (kernel - 1) * dilation - 1) / stride) + 1
    const made = { height: slid(input.height, height), width: slid(input.width, width), channels: outputs }
    expectInPlan(made.width % 2 === 0 && made.width >= 4, 'an even width of 4 or more')
    const value = this.#newValue(made, to.zero)
    const scales = reader.numbers(node.input[4])
    this.#steps.push({
      op: 'convolve',
      inputs: input.tensors,
      output: value.tensors[0]!,
      kernel: [height, width],
      stride,
      dilation,
      padding,
      weights: { ...this.#weights(weights), channels },
      biases: this.#constant(tensorNumbers(reader.constant(node.input[8]))),
      factors: this.#constant(
        Float32Array.from({ length: outputs }, (_, i) => {
          const weightScale = scales.length === 1 ? scales[0]! : scales[i]!
          return Math.fround(Math.fround(from.scale * weightScale) / to.scale)
        }),
      ),
    } satisfies Convolve)
    return value
  }

  #weights(tensor: TensorProto): Omit<Convolve['weights'], 'channels'> {
    expectInPlan(tensor.dataType === INT8, 'weights of 8 bits')
    if (tensor.dataLocation !== 1) return { in: 'constants', at: this.#constant(tensorNumbers(tensor)) }
    const at = tensor.externalData.find(({ key }) => key === 'offset')?.value ?? '0'
    return { in: 'weights', at: Number(at) }
  }

  #pool(node: NodeProto): Value {
    const input = this.#value(node.input[0]!)
    const isPlain =
      equal(ints(node, 'kernel_shape', []), [2, 2]) &&
      equal(ints(node, 'strides', []), [2, 2]) &&
      equal(ints(node, 'pads', [0, 0, 0, 0]), [0, 0, 0, 0]) &&
      equal(ints(node, 'dilations', [1, 1]), [1, 1])
    const { height, width, channels } = input
    expectInPlan(isPlain && height % 2 === 0 && width % 2 === 0, 'a pool of 2 x 2 in even sizes')
    const [from, zero] = this.#single(input)
    const value = this.#newValue({ height: height / 2, width: width / 2, channels }, zero)
    this.#steps.push({ op: 'pool', input: from, output: value.tensors[0]! })
    return value
  }

  #add(node: NodeProto): Value {
    const [a, b] = [node.input[0]!, node.input[3]!].map((name) => this.#value(name)) as [Value, Value]
    expectInPlan(a.height === b.height && a.width === b.width && a.channels === b.channels, 'a sum of equal sizes')
    const terms = this.#reader.terms(node)
    const value = this.#newValue(a, terms.sum.zero)
    this.#steps.push({ op: 'add', inputs: [this.#single(a)[0], this.#single(b)[0]], output: value.tensors[0]!, terms })
    return value
  }

  #double(name: string): Value {
    const { from, downward, across } = matchDoubling(this.#reader, name, (value) => this.#value(value))
    const input = this.#value(from)
    const { height, width, channels } = input
    const value = this.#newValue({ height: 2 * height, width: 2 * width, channels }, across.sum.zero)
    this.#steps.push({ op: 'double', input: this.#single(input)[0], output: value.tensors[0]!, downward, across })
    return value
  }

  #concat(node: NodeProto): Value {
    expectInPlan(int(node, 'axis', 0) === 3, 'channels one after the other')
    return joined(node.input.map((name) => this.#value(name)))
  }

  /** Parts of another scale go through a table. */
  #concatScaled(node: NodeProto): Value {
    const reader = this.#reader
    expectInPlan(int(node, 'axis', 0) === 3, 'channels one after the other')
    const to = reader.scale(node.input[0], node.input[1])
    const parts: Value[] = []
    for (let i = 2; i < node.input.length; i += 3) {
      const part = this.#value(node.input[i]!)
      const from = reader.scale(node.input[i + 1], node.input[i + 2])
      parts.push(from.scale === to.scale && from.zero === to.zero ? part : this.#rescaled(part, from, to))
    }
    return joined(parts)
  }

  #rescaled(part: Value, from: PlanScale, to: PlanScale): Value {
    const value = this.#newValue(part, to.zero)
    const table = this.#constant(rescalingTable(from, to))
    this.#steps.push({ op: 'look-up', input: this.#single(part)[0], output: value.tensors[0]!, table })
    return value
  }

  #single({ tensors }: Value): readonly [tensor: number, zero: number] {
    const [tensor] = tensors as [number]
    const { zero } = this.#tensors[tensor]!
    expectInPlan(tensors.length === 1 && zero !== null, 'a value in one piece')
    return [tensor, zero]
  }

  #newValue({ height, width, channels }: Sizes, zero: number | null): Value {
    expectInPlan(channels % 16 === 0 || this.#tensors.length === 0, 'channels in sixteens')
    this.#tensors.push({ height, width, channels, border: 0, zero })
    return { tensors: [this.#tensors.length - 1], height, width, channels }
  }

  /** Where it lies among the constants. */
  #constant(numbers: ArrayBufferView): number {
    const at = this.#constantBytes
    this.#constants.push(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength))
    this.#constantBytes += Math.ceil(numbers.byteLength / 16) * 16
    return at
  }

  #pack(sumBytes: number, answerBytes: number): Uint8Array {
    const last = this.#steps.length - 1
    const tensors = this.#tensors.map(({ zero, ...tensor }) => ({ ...tensor, zero: zero ?? 0 }))
    const lives = tensors.map(({ height, width, channels, border }, i) => {
      const uses = this.#steps.flatMap((step, at) => (tensorsOf(step).includes(i) ? [at] : []))
      const bytes = (height + 2 * border) * (width + 2 * border) * channels
      return { bytes, from: i === 0 ? 0 : uses[0]!, to: uses.at(-1)! }
    })
    const floats = [
      { bytes: sumBytes, from: last - 1, to: last },
      { bytes: answerBytes, from: last, to: last },
    ]
    const { places, bytes } = planArena([...lives, ...floats])
    const [sumsAt, answerAt] = places.slice(tensors.length) as [number, number]
    const steps = this.#steps.map((step): PlanStep => {
      if (step.op === 'sum-channels') return { ...step, to: sumsAt }
      return step.op === 'double-logistic' ? { ...step, from: sumsAt, to: answerAt } : step
    })
    const constants = new Uint8Array(this.#constantBytes)
    let at = 0
    for (const one of this.#constants) {
      constants.set(one, at)
      at += Math.ceil(one.length / 16) * 16
    }
    return packPlan(
      { tensors: tensors.map((tensor, i) => ({ at: places[i]!, ...tensor })), steps, arenaBytes: bytes },
      constants,
    )
  }
}

function tensorsOf(step: PlanStep): readonly number[] {
  const inputs = 'inputs' in step ? step.inputs : [step.input]
  return 'output' in step ? [...inputs, step.output] : inputs
}

function joined(parts: readonly Value[]): Value {
  const [first] = parts as [Value]
  const isEven = parts.every(({ height, width }) => height === first.height && width === first.width)
  expectInPlan(isEven, 'channels of equal sizes')
  const channels = parts.reduce((sum, part) => sum + part.channels, 0)
  return { ...first, tensors: parts.flatMap(({ tensors }) => tensors), channels }
}

/** Each byte in the other scale, in float32 as onnxruntime computes its table. */
function rescalingTable(from: PlanScale, to: PlanScale): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => {
    const value = Math.fround(Math.fround(from.scale * (byte - from.zero)) / to.scale)
    const clamped = Math.max(-to.zero, Math.min(255 - to.zero, value))
    return halfToEven(clamped) + to.zero
  })
}

function halfToEven(value: number): number {
  const low = Math.floor(value)
  const rest = value - low
  if (rest === 0.5) return low % 2 === 0 ? low : low + 1
  return rest < 0.5 ? low : low + 1
}
