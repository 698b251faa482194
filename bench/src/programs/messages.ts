// What a bench and a program that works in a loop say to each other. The peer's loop (peers/loop.mjs) speaks it too.

import type { Options } from '@koutu/core'

export interface LoopRequest {
  /** Paths, in the order of working. */
  readonly pictures: readonly string[]
  /** So many of the first images are done before anything is measured. */
  readonly warmUps: number
  /** Koutu's own; the peer runs with its defaults. */
  readonly options: Options
}

/** One for each image, in their order. */
export type LoopAnswer =
  | {
      readonly path: string
      /** The whole call: from the path to the encoded bytes. */
      readonly ms: number
      readonly timingsMs: Readonly<Record<string, number>>
      readonly precision: string | null
    }
  | { readonly path: string; readonly error: string }
