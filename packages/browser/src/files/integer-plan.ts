// An int8 network as koutu's own engine runs it: steps with sizes and scales, compiled when the folder of files is written, so that
// a page parses no ONNX. Pure data; what the fields mean to memory is known to engine/integers.

import { KoutuError } from '@koutu/core/errors'

/** Bytes in rows of pixels of all channels, with a border of the zero point around them. */
export interface PlanTensor {
  /** Of the border's first byte, in the arena. */
  readonly at: number
  readonly height: number
  readonly width: number
  /** A multiple of 16; 4 in the image, whose fourth channel counts for nothing. */
  readonly channels: number
  readonly border: number
  readonly zero: number
}

/** Scales and zero points of a sum of two quantized values. */
export interface PlanTerms {
  readonly a: PlanScale
  readonly b: PlanScale
  readonly sum: PlanScale
}

export interface PlanScale {
  /** A float32. */
  readonly scale: number
  readonly zero: number
}

export interface Convolve {
  readonly op: 'convolve'
  /** Their channels one after the other. */
  readonly inputs: readonly number[]
  readonly output: number
  readonly kernel: readonly [height: number, width: number]
  readonly stride: number
  readonly dilation: number
  readonly padding: number
  /** int8, output channels x input channels x height x width, in the file of weights or among the plan's constants. */
  readonly weights: { readonly in: 'weights' | 'constants'; readonly at: number; readonly channels: number }
  /** int32 and float32 of each output channel, among the constants. */
  readonly biases: number
  readonly factors: number
}

/** Tensors by their index, floats by their place in the arena. */
export type PlanStep =
  | Convolve
  | { readonly op: 'pool'; readonly input: number; readonly output: number }
  | {
      readonly op: 'add'
      readonly inputs: readonly [number, number]
      readonly output: number
      readonly terms: PlanTerms
    }
  | {
      readonly op: 'double'
      readonly input: number
      readonly output: number
      readonly downward: PlanTerms
      readonly across: PlanTerms
    }
  /** `table`: of 256 bytes, among the constants. */
  | { readonly op: 'look-up'; readonly input: number; readonly output: number; readonly table: number }
  | {
      readonly op: 'sum-channels'
      readonly input: number
      readonly to: number
      readonly scale: number
      readonly offset: number
    }
  /** `input`: of the same height and width as the floats. */
  | { readonly op: 'double-logistic'; readonly input: number; readonly from: number; readonly to: number }

export interface IntegerPlan {
  readonly format: typeof PLAN_FORMAT
  readonly tensors: readonly PlanTensor[]
  /** The first tensor is the image, and the last step makes the answer. */
  readonly steps: readonly PlanStep[]
  readonly arenaBytes: number
}

/** Raised when an engine could not run the plans of another version. */
const PLAN_FORMAT = 1

/** Plan and constants as one file: the length of the plan, the plan as JSON, and from the next multiple of 16 on the constants. */
export function packPlan(plan: Omit<IntegerPlan, 'format'>, constants: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify({ format: PLAN_FORMAT, ...plan }))
  const from = constantsAt(text.length)
  const bytes = new Uint8Array(from + constants.length)
  new DataView(bytes.buffer).setUint32(0, text.length, true)
  bytes.set(text, 4)
  bytes.set(constants, from)
  return bytes
}

/** Errors: ASSET_INVALID where it is no plan of this version. */
export function readPlan(bytes: Uint8Array): { readonly plan: IntegerPlan; readonly constants: Uint8Array } {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  const plan = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))) as IntegerPlan
  if (plan.format !== PLAN_FORMAT) {
    throw new KoutuError('ASSET_INVALID', {
      detail: `expected a plan of format ${PLAN_FORMAT} but received ${plan.format}; run koutu browser-assets of the same version`,
    })
  }
  return { plan, constants: bytes.subarray(constantsAt(length)) }
}

const constantsAt = (length: number) => Math.ceil((4 + length) / 16) * 16
