// What a remover and its worker thread say to each other.

import type { EncodeRequest, KoutuEvent, Plane, Raster, Report, ResolvedOptions } from '@koutu/core'
import type { PlainInput } from './inputs.ts'

export interface HostSettings {
  readonly idleMs: number
  /** Networks that run at the same time. */
  readonly lanes: number
}

export type ToHost =
  /** First of all, once. */
  | ({ readonly type: 'open' } & HostSettings)
  | { readonly type: 'remove'; readonly id: number; readonly input: PlainInput; readonly options: ResolvedOptions }
  | { readonly type: 'warm'; readonly id: number; readonly options: ResolvedOptions }
  | { readonly type: 'abort'; readonly id: number }
  | { readonly type: 'close'; readonly id: number }

export interface RemoveResult {
  readonly raster: Raster
  readonly alpha: Plane
  readonly report: Report
  readonly encode: EncodeRequest
}

export type FromHost =
  | { readonly type: 'event'; readonly id: number; readonly event: KoutuEvent }
  | { readonly type: 'result'; readonly id: number; readonly value: RemoveResult | null }
  | {
      readonly type: 'error'
      readonly id: number
      readonly error: { code: string; message: string; data: Readonly<Record<string, unknown>> }
    }
