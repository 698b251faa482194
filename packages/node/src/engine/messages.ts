// What the engine and its inference process say to each other. Structured clone, so typed arrays travel as they are.

import type { ModelManifest } from '@koutu/core'

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

export type Request =
  | { readonly type: 'load'; readonly id: number; readonly model: ModelFile; readonly threads: number }
  | { readonly type: 'try'; readonly id: number; readonly threads: number }
  /** `pixels`: 8-bit RGB of exactly `width` x `height`, the size the network takes. */
  | {
      readonly type: 'run'
      readonly id: number
      readonly pixels: Uint8Array
      readonly width: number
      readonly height: number
    }

export type Reply =
  | { readonly type: 'loaded'; readonly id: number }
  | {
      readonly type: 'ran'
      readonly id: number
      readonly width: number
      readonly height: number
      readonly alpha: Float32Array
      readonly inferMs: number
    }
  | { readonly type: 'tried'; readonly id: number; readonly result: TrialResult }
  | {
      readonly type: 'failed'
      readonly id: number
      readonly error: { readonly code: string; readonly message: string; readonly data?: Record<string, unknown> }
    }
