// Runs a remover over a data set and scores each result. One failed image never stops the rest. Knows no engines and models:
// the remover is an argument.

import {
  type ErrorCode,
  KoutuError,
  type Plane,
  type Scores,
  scoreMatte,
  throwIfAborted,
  toKoutuError,
} from '@koutu/core'
import type { EvalItem } from './dataset.ts'
import { readTruth } from './thumbnails.ts'

export type RemoveAlpha = (path: string, signal: AbortSignal | undefined) => Promise<Removed>

interface Removed {
  readonly alpha: Plane
  /** The engine's own answer at the same size, where it is to be compared. */
  readonly network: Plane | null
  readonly timingsMs: Readonly<Record<string, number>>
}

/** What the JSON report says about one image. */
export type PictureResult = PictureScored | PictureFailed

interface PictureName {
  readonly id: string
  readonly kind: string
  readonly tier: string
}

export interface PictureScored extends PictureName {
  readonly ok: true
  readonly width: number
  readonly height: number
  readonly scores: Scores
  /** What the network alone scores, where that was asked for. */
  readonly network: Scores | null
  readonly timingsMs: Readonly<Record<string, number>>
}

export interface PictureFailed extends PictureName {
  readonly ok: false
  readonly error: { readonly code: ErrorCode; readonly message: string }
}

/** One step of an evaluation; the planes are there to be drawn and belong to the receiver. */
export type Evaluated =
  | {
      readonly item: EvalItem
      readonly result: PictureScored
      readonly alpha: Plane
      readonly network: Plane | null
      readonly truth: Plane
    }
  | { readonly item: EvalItem; readonly result: PictureFailed }

/** Scores the images one by one, in their order. Errors: ABORTED; all others become results. */
export async function* evaluate(
  items: readonly EvalItem[],
  remove: RemoveAlpha,
  signal?: AbortSignal,
): AsyncGenerator<Evaluated, void, undefined> {
  for (const item of items) {
    throwIfAborted(signal)
    const name: PictureName = { id: item.id, kind: item.kind, tier: item.tier }
    try {
      const truth = await readTruth(item.alphaPath)
      const { alpha, network, timingsMs } = await remove(item.imagePath, signal)
      const { width, height } = truth
      checkSize(truth, alpha)
      const result: PictureScored = {
        ...name,
        ok: true,
        width,
        height,
        scores: scoreMatte(alpha, truth),
        network: network && scoreMatte(network, truth),
        timingsMs,
      }
      yield { item, result, alpha, network, truth }
    } catch (thrown) {
      throwIfAborted(signal)
      const { code, message } = toKoutuError(thrown).toJSON()
      yield { item, result: { ...name, ok: false, error: { code, message } } }
    }
  }
}

/** Errors: INVALID_OPTIONS. */
function checkSize(truth: Plane, alpha: Plane): void {
  if (truth.width === alpha.width && truth.height === alpha.height) return
  throw new KoutuError('INVALID_OPTIONS', {
    detail: `expected a truth of ${alpha.width} x ${alpha.height} pixels, as its image, but received ${truth.width} x ${truth.height}`,
  })
}
