// Dependencies of the app. The composition root provides them; tests provide fakes.

import type { Clock } from '@koutu/core'
import type { Assets } from './http/assets.ts'
import type { Access } from './http/gate.ts'
import type { Pages } from './http/pages.ts'
import type { SignedLinks } from './http/signed-links.ts'
import type { BodyTimes } from './intake/body.ts'
import type { ServerLimits } from './intake/cutout-options.ts'
import type { JobAliases } from './jobs/job-aliases.ts'
import type { JobService } from './jobs/job-service.ts'
import type { KeyService } from './keys/key-service.ts'
import type { MemoryBudget } from './limits/memory-budget.ts'
import type { Slots } from './limits/slots.ts'
import type { StreamLimits } from './limits/stream-limits.ts'
import type { Metrics } from './metrics/metrics.ts'
import type { Pictures } from './pictures/picture-service.ts'
import type { Blobs, Fetcher, Logger, Models } from './ports/ports.ts'

export interface AppSettings {
  readonly version: string
  /** Without keys all are one owner. */
  readonly access: Access
  readonly limits: ServerLimits
  /** Origin at which clients reach the server; null where the Host header of each request says so. */
  readonly publicUrl: string | null
  /** Whether requests of the Dreamina protocol need a right sign. */
  readonly isDreaminaSignStrict: boolean
  /** Engines that clients may ask for. */
  readonly engines: readonly string[]
  readonly maxJsonBytes: number
  readonly maxBatchPictures: number
  readonly maxBatchBytes: number
  readonly spoolFolder: string
  readonly bodyTimes: BodyTimes
  readonly fetchTimeoutMs: number
  /** Longest wait for a picture that is to be answered at once; then it becomes a job to ask for. */
  readonly maxWaitMs: number
  /** Clients that wait are refused where their result is expected later than this; null where they may wait for any time. */
  readonly maxExpectedWaitMs: number | null
  readonly linkLifeMs: number
  readonly sseHeartbeatMs: number
  readonly ratePerMinute: number
  readonly maxUnfinished: number
  /** remove.bg's own limits of results, for its clients: a quarter of a megapixel unless they ask for more. */
  readonly isRemovebgStrict: boolean
  /** Of one key, or one address without keys, as a client of remove.bg. */
  readonly removebgMegapixelsPerMinute: number
  /** Origins of pages that may use the server; `*` is any. */
  readonly allowedOrigins: readonly string[]
  /** Names under which a server without keys may be reached, beside localhost. */
  readonly allowedHosts: readonly string[]
}

export interface ReadyCheck {
  readonly name: string
  readonly isOk: boolean
}

export interface AppDeps {
  readonly settings: AppSettings
  readonly jobs: JobService
  readonly blobs: Blobs
  readonly keys: KeyService
  readonly pictures: Pictures
  readonly aliases: JobAliases
  /** 32 bytes for a purpose, alike on all machines of one installation. */
  readonly secret: (purpose: string) => Uint8Array
  readonly fetcher: Fetcher
  readonly models: Models
  /** Null for a server without files for browsers. */
  readonly assets: Assets | null
  /** Null where they have not been built. */
  readonly pages: Pages | null
  readonly metrics: Metrics
  readonly links: SignedLinks
  readonly uploadSlots: Slots
  /** For bodies of requests. */
  readonly memory: MemoryBudget
  readonly streams: StreamLimits
  readonly clock: Clock
  readonly logger: Logger
  /** Everything a picture needs; asked by `/readyz`. Never throws. */
  readonly readiness: () => Promise<readonly ReadyCheck[]>
  /** Fires when the server begins to stop: no new work. */
  readonly stopping: AbortSignal
  /** Fires when it waits no longer: answers that are not complete end. */
  readonly ending: AbortSignal
}
