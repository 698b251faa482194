// The first convolution of a quantized network, on four pixels of a row at once. onnxruntime has direct kernels for channels in fours: with
// the three of an image it writes out every window, and four bytes of sums for each byte of the result, which was the most memory ISNet
// needed. Four pixels are one of twelve channels, and two results one of twice the channels, without moving a byte. Sums are the same integers.

import { intAttribute, intsAttribute } from './attributes.ts'
import { makeNode, makeTensor } from './build.ts'
import { DATA_TYPE, type GraphProto, type ModelProto, type NodeProto, type TensorProto } from './onnx.ts'
import { type TensorNumbers, tensorNumbers } from './tensors.ts'

const COLORS = 3
/** Along a row: the convolution's window, its stride, and the padding on each side. */
const WINDOW = 3
const STRIDE = 2
const PADDING = 1
/** Pixels that are read together, and the results that they make. */
const PIXELS = 4
const RESULTS = PIXELS / STRIDE
/** The four pixels before, of which the first result needs one, and these. */
const FOLDED_WINDOW = 2

/** Positions among the inputs of QLinearConv. */
const WEIGHTS = 3
/** Scales and zero points of weights, and biases: one for each channel of the result. */
const PER_CHANNEL: readonly number[] = [4, 5, 8]

const FOLDED_IMAGE = 'image/fours'
const TO_FOURS = 'shape/fours'
const TO_ONES = 'shape/ones'

/**
 * The model with its first convolution folded, where that is one of the 8-bit image, with a window as above. Others are returned as they
 * are, and so are those without sizes. `model` stays as it is; so do the names of its values and constants.
 */
export function foldImage(model: ModelProto): ModelProto {
  const { graph } = model
  const conv = graph && imageConvolution(graph)
  if (!graph || !conv) return model
  const [image = ''] = conv.input
  const [result = ''] = conv.output
  const { channels, rows, top, bottom } = filters(graph, conv)
  const twos = `${result}/twos`
  const folded = changed(conv, FOLDED_IMAGE, twos, {
    kernel_shape: [rows, FOLDED_WINDOW],
    strides: [STRIDE, 1],
    pads: [top, 1, bottom, 0],
  })
  const toFours = makeNode('Reshape', [image, TO_FOURS], [FOLDED_IMAGE])
  const toOnes = makeNode('Reshape', [twos, TO_ONES], [result])
  const dims = [RESULTS * channels, PIXELS * COLORS, rows, FOLDED_WINDOW]
  const weights = (plain: TensorNumbers) => {
    const all = new Int8Array(dims.reduce((product, dim) => product * dim))
    for (const [from, to] of places(channels, rows)) all[to] = Number(plain[from])
    return all
  }
  const initializer = [
    ...withConstants(graph, conv, { dims, weights, perChannel: twice }),
    shape(TO_FOURS, PIXELS * COLORS),
    shape(TO_ONES, channels),
  ]
  const node = graph.node.flatMap((one) => (one === conv ? [toFours, folded, toOnes] : [one]))
  return { ...model, graph: { ...graph, node, initializer } }
}

/** Undoes `foldImage`. */
export function unfoldImage(model: ModelProto): ModelProto {
  const { graph } = model
  const conv = graph?.node.find(({ input }) => input[0] === FOLDED_IMAGE)
  if (!graph || !conv) return model
  const toFours = graph.node.find(({ output }) => output[0] === FOLDED_IMAGE)!
  const toOnes = graph.node.find(({ input }) => input[0] === conv.output[0])!
  const folded = filters(graph, conv)
  const { rows, top, bottom } = folded
  const channels = folded.channels / RESULTS
  const plain = changed(conv, toFours.input[0]!, toOnes.output[0]!, {
    kernel_shape: [rows, WINDOW],
    strides: [STRIDE, STRIDE],
    pads: [top, PADDING, bottom, PADDING],
  })
  const dims = [channels, COLORS, rows, WINDOW]
  const weights = (all: TensorNumbers) => {
    const own = new Int8Array(dims.reduce((product, dim) => product * dim))
    for (const [to, from] of places(channels, rows)) own[to] = Number(all[from])
    return own
  }
  const initializer = withConstants(graph, conv, { dims, weights, perChannel: half }).filter(
    ({ name }) => name !== TO_FOURS && name !== TO_ONES,
  )
  const node = graph.node.flatMap((one) => {
    if (one === conv) return [plain]
    return one === toFours || one === toOnes ? [] : [one]
  })
  return { ...model, graph: { ...graph, node, initializer } }
}

function imageConvolution({ input, node }: GraphProto): NodeProto | undefined {
  const { name = '', type } = input[0] ?? {}
  const { elemType, shape } = type?.tensorType ?? {}
  const [, , width, colors] = shape?.dim.map(({ dimValue }) => Number(dimValue ?? 0n)) ?? []
  const readers = node.filter((one) => one.input.includes(name))
  const [conv] = readers
  if (elemType !== DATA_TYPE.uint8 || !width || width % PIXELS !== 0 || colors !== COLORS) return undefined
  if (readers.length !== 1 || conv?.opType !== 'QLinearConv' || intAttribute(conv, 'channels_last', 0) !== 1)
    return undefined
  const [, left, , right] = intsAttribute(conv, 'pads', [])
  const isAsAbove =
    intsAttribute(conv, 'kernel_shape', [])[1] === WINDOW &&
    intsAttribute(conv, 'strides', []).every((stride) => stride === STRIDE) &&
    intsAttribute(conv, 'dilations', []).every((dilation) => dilation === 1) &&
    left === PADDING &&
    right === PADDING &&
    intAttribute(conv, 'group', 1) === 1
  return isAsAbove ? conv : undefined
}

interface Filters {
  readonly channels: number
  readonly rows: number
  /** Rows of padding. */
  readonly top: number
  readonly bottom: number
}

function filters({ initializer }: GraphProto, conv: NodeProto): Filters {
  const [channels = 0, , rows = 0] =
    initializer.find(({ name }) => name === conv.input[WEIGHTS])?.dims.map(Number) ?? []
  const [top = 0, , bottom = 0] = intsAttribute(conv, 'pads', [])
  return { channels, rows, top, bottom }
}

/** Where each weight lies in plain filters and in folded ones: one place for each result, of which the others hold zeros. */
function* places(channels: number, rows: number): Generator<readonly [plain: number, folded: number]> {
  for (let result = 0; result < RESULTS; result++) {
    for (let channel = 0; channel < channels; channel++) {
      for (let color = 0; color < COLORS; color++) {
        for (let row = 0; row < rows; row++) {
          for (let column = 0; column < WINDOW; column++) {
            // Counted from the pixels before.
            const pixel = PIXELS + result * STRIDE + column - PADDING
            const filter = result * channels + channel
            const from = (pixel % PIXELS) * COLORS + color
            const plain = ((channel * COLORS + color) * rows + row) * WINDOW + column
            const at = Math.floor(pixel / PIXELS)
            yield [plain, ((filter * PIXELS * COLORS + from) * rows + row) * FOLDED_WINDOW + at]
          }
        }
      }
    }
  }
}

function changed(conv: NodeProto, input: string, output: string, ints: Readonly<Record<string, number[]>>): NodeProto {
  return {
    ...conv,
    name: output,
    input: [input, ...conv.input.slice(1)],
    output: [output],
    attribute: conv.attribute.map((one) => {
      const numbers = ints[one.name ?? '']
      return numbers ? { ...one, ints: numbers.map(BigInt) } : one
    }),
  }
}

interface Change {
  /** Of the weights. */
  readonly dims: readonly number[]
  readonly weights: (numbers: TensorNumbers) => Int8Array
  readonly perChannel: (numbers: TensorNumbers) => TensorNumbers
}

/** The graph's constants, where those of the convolution have changed. */
function withConstants({ initializer }: GraphProto, { input }: NodeProto, change: Change): TensorProto[] {
  const perChannel = new Set(PER_CHANNEL.map((position) => input[position]))
  return initializer.map((tensor) => {
    const { name = '' } = tensor
    if (name === input[WEIGHTS]) return makeTensor(name, change.dims, change.weights(tensorNumbers(tensor)))
    if (!perChannel.has(name)) return tensor
    const numbers = change.perChannel(tensorNumbers(tensor))
    return makeTensor(name, [numbers.length], numbers)
  })
}

function twice(numbers: TensorNumbers): TensorNumbers {
  const both = new (numbers.constructor as Int32ArrayConstructor)(numbers.length * RESULTS)
  for (let i = 0; i < both.length; i++) both[i] = Number(numbers[i % numbers.length])
  return both
}

const half = (numbers: TensorNumbers): TensorNumbers => numbers.slice(0, numbers.length / RESULTS)

/** Batch and rows as they are, so many channels, and columns as follows from them. */
const shape = (name: string, channels: number): TensorProto =>
  makeTensor(name, [4], BigInt64Array.of(1n, 0n, -1n, BigInt(channels)))
