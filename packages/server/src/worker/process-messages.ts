// What a worker and a runner's process say to each other. Bytes cross as they are (structured clone).

import type { ErrorCode, KoutuEvent, ResolvedOptions } from '@koutu/core'
import type { RunResult } from '../ports/ports.ts'

export type ToProcess =
  | { readonly type: 'warm'; readonly id: number }
  | { readonly type: 'run'; readonly id: number; readonly input: Uint8Array; readonly options: ResolvedOptions }
  | { readonly type: 'abort'; readonly id: number }

export type FromProcess =
  | { readonly type: 'event'; readonly id: number; readonly event: KoutuEvent }
  | { readonly type: 'result'; readonly id: number; readonly result: RunResult | null }
  | {
      readonly type: 'error'
      readonly id: number
      readonly error: {
        readonly code: ErrorCode
        readonly message: string
        readonly data: Readonly<Record<string, unknown>>
      }
    }
