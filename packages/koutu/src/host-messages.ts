// What a remover and its worker thread say to each other.

import threads from 'node:worker_threads'
import type { EncodeRequest, GroupedOptions, KoutuEvent, Plane, Raster, Report } from '@koutu/core'
import type { PlainInput } from './inputs.ts'

export interface HostSettings {
  readonly idleMs: number
  /** Networks that run at the same time. */
  readonly lanes: number
  /** Whether one picture is all: nothing of the network is kept once it has answered. */
  readonly once: boolean
}

export type ToHost =
  /** First of all, once. */
  | ({ readonly type: 'open' } & HostSettings)
  | { readonly type: 'remove'; readonly id: number; readonly input: PlainInput; readonly options: GroupedOptions }
  | { readonly type: 'warm'; readonly id: number; readonly options: GroupedOptions }
  | { readonly type: 'encode'; readonly id: number; readonly raster: Raster; readonly request: EncodeRequest }
  | { readonly type: 'abort'; readonly id: number }
  | { readonly type: 'close'; readonly id: number }

/** What each message is answered with. */
export interface HostAnswers {
  remove: RemoveResult
  warm: null
  encode: Uint8Array
  close: null
}

export interface RemoveResult {
  readonly raster: Raster
  readonly alpha: Plane
  readonly report: Report
  readonly encode: EncodeRequest
}

export type FromHost =
  | { readonly type: 'event'; readonly id: number; readonly event: KoutuEvent }
  | { readonly type: 'result'; readonly id: number; readonly value: HostAnswers[keyof HostAnswers] }
  | {
      readonly type: 'error'
      readonly id: number
      readonly error: { code: string; message: string; data: Readonly<Record<string, unknown>> }
    }

/** The pictures' buffers that JavaScript made, each once, to change hands; what native code owns is copied. */
export function ownBuffers(...arrays: readonly { readonly buffer: ArrayBufferLike }[]): ArrayBuffer[] {
  return [...new Set(arrays.map(({ buffer }) => buffer))].filter(
    (buffer): buffer is ArrayBuffer => buffer instanceof ArrayBuffer && !threads.isMarkedAsUntransferable(buffer),
  )
}

export function layersOf({ layers = [] }: EncodeRequest): readonly Raster['data'][] {
  return layers.map(({ raster }) => raster.data)
}
