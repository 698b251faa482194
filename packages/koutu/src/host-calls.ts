// What a remover asks of its worker thread.

import threads from 'node:worker_threads'
import type { CoarseAlpha, EncodeRequest, GroupedOptions, Plane, Raster, Report } from '@koutu/core'
import type { PlainAlpha } from './alpha-input.ts'
import type { Encoded } from './cutout.ts'
import type { PlainInput } from './inputs.ts'

/** The first message to the thread; calls come after it. */
export interface HostSettings {
  readonly idleMs: number
  /** Images in progress at once. */
  readonly concurrency: number
  /** Networks that run at the same time. */
  readonly lanes: number
  /** Whether an image that is alone has a network on all processors, beside the lanes. */
  readonly soloNetwork: boolean
  /** Whether one image is all: nothing of the network is kept once it has answered. */
  readonly once: boolean
  /** Memory that the rest of the program needs. */
  readonly reservedBytes: number
}

export type HostCalls = {
  /**
   * `coarse` or `alpha` stands in for the network. `id`: the caller's own. The result's memory counts as taken until it has been
   * encoded, or until `settle` is called.
   */
  remove(request: {
    readonly id: number
    readonly input: PlainInput
    readonly options: GroupedOptions
    readonly coarse?: CoarseAlpha | undefined
    readonly alpha?: PlainAlpha | undefined
  }): RemoveResult
  warm(request: { readonly options: GroupedOptions }): null
  /** `id`: that of the result. */
  encode(request: { readonly id: number; readonly raster: Raster; readonly request: EncodeRequest }): Encoded
  /** The caller of `remove` goes on. Whether the result is encoded is its own affair from now on. */
  settle(request: { readonly id: number }): null
  /** Aborts all else and lets everything go. */
  close(request: null): null
}

export interface RemoveResult {
  readonly raster: Raster
  readonly alpha: Plane
  readonly coarse: CoarseAlpha | null
  readonly report: Report
  readonly encode: EncodeRequest
}

/** The images' buffers that JavaScript made, each once, to change hands; what native code owns is copied. */
export function ownBuffers(...arrays: readonly { readonly buffer: ArrayBufferLike }[]): ArrayBuffer[] {
  return [...new Set(arrays.map(({ buffer }) => buffer))].filter(
    (buffer): buffer is ArrayBuffer => buffer instanceof ArrayBuffer && !threads.isMarkedAsUntransferable(buffer),
  )
}

export function layersOf({ layers = [] }: Pick<Encoded, 'layers'>): readonly Raster['data'][] {
  return layers.map(({ raster }) => raster.data)
}
