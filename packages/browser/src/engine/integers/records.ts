// A plan as the records that the kernel reads, with the address of everything. The fields are those of assembly/records.ts, in the same
// order, four bytes each.

import type { Convolve, IntegerPlan, PlanStep, PlanTensor, PlanTerms } from '../../files/integer-plan.ts'
import { blockBytes, type WeightShape } from './pack-weights.ts'

/** Of the control record, whose first field counts runs. */
export const CONTROL_AT = 64
/** The counter of tasks in each step's record, zero before a run. */
export const TAKEN_OFFSET = 16

const KINDS = {
  convolve: 0,
  pool: 1,
  add: 2,
  double: 3,
  'look-up': 4,
  'sum-channels': 5,
  'double-logistic': 6,
} as const

/** Where a convolution's weights go, and what is computed while they are packed. */
export interface PlacedConvolution {
  readonly step: Convolve
  readonly shape: WeightShape
  /** Zero point of the input. */
  readonly zero: number
  readonly weightsAt: number
  readonly sumsAt: number
  readonly factorsAt: number
}

export interface Layout {
  readonly bytes: number
  readonly arenaAt: number
  /** Records of the steps, in order. */
  readonly stepsAt: readonly number[]
  readonly convolutions: readonly PlacedConvolution[]
  /** Tables of 256 bytes: address, and place among the constants. */
  readonly tables: readonly (readonly [at: number, from: number])[]
  /** 32-bit words: address, and what stands from there on. */
  readonly words: readonly (readonly [at: number, words: readonly number[]])[]
}

/** Input bytes that one task should find in a processor's own cache. */
const TASK_BYTES = 192 * 1024
/** Enough of them for threads to finish together. */
const LEAST_TASKS = 16

export interface LayoutSettings {
  readonly threads: number
  /** What bytes of tensors are XORed with. */
  readonly flip: number
  /** Whether products are of 16 bits. */
  readonly isWide: boolean
}

export function layOut(plan: IntegerPlan, settings: LayoutSettings): Layout {
  return new Writer(plan, settings).layOut()
}

/** `rows`: of the output in one task; `height`: in all. */
interface Tasks {
  readonly tasks: number
  readonly rows: number
  readonly height: number
}

class Writer {
  readonly #plan: IntegerPlan
  readonly #settings: LayoutSettings
  #end = CONTROL_AT + 64
  readonly #words: [number, readonly number[]][] = []
  readonly #tables: [number, number][] = []
  readonly #convolutions: PlacedConvolution[] = []
  readonly #arenaAt: number
  readonly #tensorsAt: readonly number[]
  /** Of each thread: a row of what is doubled, or the input of a convolution's task in 16 bits. */
  readonly #scratch: { readonly at: number; readonly bytes: number }

  constructor(plan: IntegerPlan, settings: LayoutSettings) {
    this.#plan = plan
    this.#settings = settings
    this.#arenaAt = this.#take(plan.arenaBytes)
    const bytes = Math.max(...plan.steps.map((step) => this.#scratchBytes(step)))
    this.#scratch = { at: this.#take(bytes * settings.threads), bytes }
    this.#tensorsAt = plan.tensors.map((tensor) => {
      const { channels, height, width, border, zero } = tensor
      return this.#write([originOf(tensor, this.#arenaAt), pitchOf(tensor), channels, height, width, border, zero])
    })
  }

  layOut(): Layout {
    const { steps } = this.#plan
    const { threads, flip } = this.#settings
    const stepsAt = steps.map((step) => this.#step(step))
    this.#words.push([CONTROL_AT, [0, threads, this.#write(stepsAt), steps.length, flip]])
    return {
      bytes: this.#end,
      arenaAt: this.#arenaAt,
      stepsAt,
      convolutions: this.#convolutions,
      tables: this.#tables,
      words: this.#words,
    }
  }

  #take(bytes: number): number {
    const at = this.#end
    this.#end = Math.ceil((at + bytes) / 64) * 64
    return at
  }

  #write(values: readonly number[]): number {
    const at = this.#take(4 * values.length)
    this.#words.push([at, values])
    return at
  }

  #tensor(index: number): PlanTensor {
    return this.#plan.tensors[index]!
  }

  #step(step: PlanStep): number {
    const { tasks, rows, height } = step.op === 'convolve' ? this.#convolutionTasks(step) : this.#rowTasks(step)
    const [first, second] = 'inputs' in step ? step.inputs : [step.input]
    const at = (tensor: number | undefined) => (tensor === undefined ? 0 : this.#tensorsAt[tensor]!)
    const output = 'output' in step ? at(step.output) : 0
    const fields = [KINDS[step.op], tasks, rows, height, 0, 0, at(first), step.op === 'add' ? at(second) : 0, output]
    return this.#write([...fields, ...this.#rest(step)])
  }

  /** What follows the fields that all steps have. */
  #rest(step: PlanStep): number[] {
    switch (step.op) {
      case 'convolve':
        return this.#convolution(step)
      case 'pool':
        return []
      case 'add':
        return [this.#terms(step.terms)]
      case 'double':
        return [this.#terms(step.downward), this.#terms(step.across), this.#scratch.at, this.#scratch.bytes]
      case 'look-up': {
        const at = this.#take(256)
        this.#tables.push([at, step.table])
        return [at]
      }
      case 'sum-channels':
        return [0, this.#arenaAt + step.to, floatBits(step.scale), floatBits(step.offset)]
      case 'double-logistic':
        return [this.#arenaAt + step.from, this.#arenaAt + step.to, 0, 0]
    }
  }

  #scratchBytes(step: PlanStep): number {
    if (step.op === 'double') return rowBytesOf(this.#tensor(step.input))
    if (step.op !== 'convolve' || !this.#settings.isWide) return 0
    const { rows } = this.#convolutionTasks(step)
    const inputRows = (rows - 1) * step.stride + (step.kernel[0] - 1) * step.dilation + 1
    // Records of runs, and what the last vector writes beyond the end.
    const others = 16 * step.inputs.length * step.kernel[0] * step.kernel[1] + 64
    const bytes = step.inputs.reduce((sum, input) => sum + 2 * inputRows * pitchOf(this.#tensor(input)) + 64, others)
    return Math.ceil(bytes / 64) * 64
  }

  #terms({ a, b, sum }: PlanTerms): number {
    return this.#write([a, b, sum].flatMap(({ scale, zero }) => [floatBits(scale), zero]))
  }

  #rowTasks(step: Exclude<PlanStep, Convolve>): Tasks {
    const made = this.#tensor('output' in step ? step.output : step.input).height
    const height = step.op === 'double-logistic' ? 2 * made : made
    const rows = Math.ceil(height / LEAST_TASKS)
    return { tasks: Math.ceil(height / rows), rows, height }
  }

  #convolutionTasks({ inputs, output, stride }: Convolve): Tasks & { blocksInTask: number } {
    const { height, channels } = this.#tensor(output)
    const blocks = channels / 8
    const inputRow = stride * inputs.reduce((sum, input) => sum + pitchOf(this.#tensor(input)), 0)
    const rows = Math.max(1, Math.min(height, Math.floor(TASK_BYTES / inputRow)))
    const bands = Math.ceil(height / rows)
    const blocksInTask = Math.ceil(blocks / Math.ceil(LEAST_TASKS / bands))
    return { tasks: bands * Math.ceil(blocks / blocksInTask), rows, height, blocksInTask }
  }

  #convolution(step: Convolve): number[] {
    const { width, channels: outputs } = this.#tensor(step.output)
    const { kernel, inputs, weights } = step
    const parts = inputs.map((input) => this.#tensor(input).channels)
    const lane = this.#settings.isWide ? 2 : 4
    const shape = { outputs, channels: weights.channels, parts, kernel, lane } as const
    const blocks = outputs / 8
    const weightsAt = this.#take(blocks * blockBytes(shape))
    const sumsAt = this.#take(4 * outputs)
    const factorsAt = this.#take(4 * outputs)
    const { zero } = this.#tensor(inputs[0]!)
    this.#convolutions.push({ step, shape, zero, weightsAt, sumsAt, factorsAt })
    const runs = inputs.flatMap((input) => runsOf(step, this.#tensor(input), this.#arenaAt))
    const { blocksInTask } = this.#convolutionTasks(step)
    // Tiles are six pixels wide, and four where that leaves a rest.
    const fours = width % 6 === 0 ? 0 : width % 6 === 4 ? 1 : 2
    const addresses = [weightsAt, blockBytes(shape), sumsAt, factorsAt]
    const { at, bytes } = this.#scratch
    const scratch = [inputs.length, at, bytes]
    return [blocks, blocksInTask, this.#write(runs.flat()), runs.length, ...addresses, fours, ...scratch]
  }
}

const rowBytesOf = ({ width, channels }: PlanTensor): number => width * channels

export const pitchOf = ({ width, border, channels }: PlanTensor): number => (width + 2 * border) * channels

/** Of the first pixel inside the border. */
function originOf(tensor: PlanTensor, arenaAt: number): number {
  return arenaAt + tensor.at + tensor.border * (pitchOf(tensor) + tensor.channels)
}

/** A row of the window lies in one piece, unless the window has gaps. */
function runsOf({ kernel, dilation, padding, stride }: Convolve, tensor: PlanTensor, arenaAt: number): number[][] {
  const [height, width] = kernel
  const { channels } = tensor
  const pitch = pitchOf(tensor)
  const first = originOf(tensor, arenaAt) - padding * (pitch + channels)
  const pieces = dilation === 1 ? 1 : width
  const groups = ((width / pieces) * channels) / 4
  return Array.from({ length: height * pieces }, (_, i) => {
    const at = first + dilation * (Math.floor(i / pieces) * pitch + (i % pieces) * channels)
    return [at, stride * pitch, stride * channels, groups]
  })
}

function floatBits(value: number): number {
  return new Int32Array(Float32Array.of(value).buffer)[0]!
}
