// Messages between the engine and its inference process. Typed arrays are passed by structured clone.

import type { Accelerator, ModelManifest } from '@koutu/core'
import type { DeviceTrial } from '../device/device-trial.ts'

export interface ModelFile {
  readonly id: string
  /** A graph that onnxruntime can load as it is. */
  readonly path: string
  /** Weights that the graph maps, in a file beside it. */
  readonly dataPath: string
  readonly input: ModelManifest['input']
  readonly output: ModelManifest['output']
  readonly precision: string
}

export interface Load {
  readonly model: ModelFile
  readonly threads: number
  /** What runs it in place of the processor. */
  readonly device?: Accelerator | undefined
}

export interface TrialResult {
  /**
   * Whether sums of products of u8 and s8 are wrong for large weights: processors without dot-product instructions add
   * two products in 16 bits and stop at 32767.
   */
  readonly saturates: boolean
  /** Milliseconds of the same convolutions, best of several. */
  readonly int8Ms: number
  readonly fp32Ms: number
}

/** Part of the name under which a result is remembered: raised when the trial changes. */
export const TRIAL_VERSION = 1

/** 8-bit RGB of exactly the size the network takes. */
export interface NetworkPixels {
  readonly pixels: Uint8Array
  /** A fourth channel for networks that refine: 0..255, fed as 0..1. */
  readonly trimap?: Uint8Array
  readonly width: number
  readonly height: number
  /** Whether alpha is wanted with 8 bits: a quarter of the bytes to pass on. Default false. */
  readonly asLevels?: boolean
}

export interface NetworkAnswer {
  readonly width: number
  readonly height: number
  /** In [0, 1], or as levels of 255 where they were asked for. */
  readonly alpha: Float32Array | Uint8Array
  readonly inferMs: number
  /** Whether the network ran as WebAssembly. */
  readonly isWasm: boolean
}

export type InferenceCalls = {
  load(request: Load): null
  try(request: { readonly threads: number }): TrialResult
  tryDevice(request: { readonly device: Accelerator; readonly threads: number }): DeviceTrial
  run(request: NetworkPixels): NetworkAnswer
}
