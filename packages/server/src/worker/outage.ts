// Outages of what workers stand on: the blob store, the database, the disk. No image is to blame for one, so workers stop
// claiming, try again after growing pauses, and go on when one job has ended well.

import type { ErrorCode, KoutuError } from '@koutu/core'
import type { Logger } from '../ports/ports.ts'

const OUTAGES: ReadonlySet<ErrorCode> = new Set([
  'STORAGE_FAILED',
  'STORAGE_FULL',
  'DATABASE_UNAVAILABLE',
  'CACHE_UNWRITABLE',
])

const MIN_PAUSE_MS = 1_000
const MAX_PAUSE_MS = 60_000

export function isOutage({ code }: KoutuError): boolean {
  return OUTAGES.has(code)
}

/** Whole seconds until a job is tried again that an outage has held up for so long: about a quarter more. */
export function outagePauseSeconds(heldUpMs: number, random = Math.random): number {
  return Math.ceil(jittered(clampPause(heldUpMs / 4), random) / 1000)
}

export interface OutageDeps {
  /** Resolves when the store answers. */
  readonly check: () => Promise<void>
  /** A monotonic clock. */
  readonly monotonicMs: () => number
  readonly logger: Logger
  /** 0 to 1: workers that saw the same outage must not come back at the same moment. */
  readonly random?: () => number
}

/** What a check that writes next to nothing cannot find out: only a job can. */
const UNSEEN_BY_CHECK: ReadonlySet<ErrorCode> = new Set(['STORAGE_FULL', 'CACHE_UNWRITABLE'])

interface Current {
  readonly sinceMs: number
  code: ErrorCode
  failedAtMs: number
  retryAtMs: number
  pauseMs: number
}

/** A circuit breaker: closed, open until the next try, or trying with one job. */
export class Outage {
  readonly #deps: OutageDeps
  #current: Current | null = null

  constructor(deps: OutageDeps) {
    this.#deps = deps
  }

  get isActive(): boolean {
    return this.#current !== null
  }

  /** How many of `free` jobs may be claimed now, while `running` are under way. */
  async allow(free: number, running: number): Promise<number> {
    const current = this.#current
    if (!current) return free
    if (running > 0 || this.#deps.monotonicMs() < current.retryAtMs) return 0
    try {
      await this.#deps.check()
      return Math.min(free, 1)
    } catch {
      this.#postpone(current)
      return 0
    }
  }

  /** An error that `isOutage`. Only the first of an outage is logged. */
  begin(error: KoutuError): void {
    const { monotonicMs, logger } = this.#deps
    const { code } = error
    if (this.#current) {
      Object.assign(this.#current, { code, failedAtMs: monotonicMs() })
      // Several jobs of one moment fail together: the pause grows once.
      if (monotonicMs() >= this.#current.retryAtMs) this.#postpone(this.#current)
      return
    }
    this.#current = { sinceMs: monotonicMs(), code, failedAtMs: monotonicMs(), retryAtMs: 0, pauseMs: MIN_PAUSE_MS / 2 }
    this.#postpone(this.#current)
    logger.warn({ error: error.toJSON() }, 'jobs wait: storage or database unavailable')
  }

  /** The store has answered, and there is no job to try. */
  pass(): void {
    if (!this.#current) return
    const { code, failedAtMs } = this.#current
    // Every job that was held up has been tried again since, or is gone.
    const isOver = this.#deps.monotonicMs() - failedAtMs > 2 * MAX_PAUSE_MS
    if (isOver || !UNSEEN_BY_CHECK.has(code)) this.end()
  }

  /** A job has ended. */
  end(): void {
    if (!this.#current) return
    const seconds = Math.round((this.#deps.monotonicMs() - this.#current.sinceMs) / 1000)
    this.#current = null
    this.#deps.logger.info({ seconds }, 'storage and database are available again')
  }

  #postpone(current: Current): void {
    const { monotonicMs, random = Math.random } = this.#deps
    current.pauseMs = clampPause(current.pauseMs * 2)
    current.retryAtMs = monotonicMs() + jittered(current.pauseMs, random)
  }
}

function clampPause(ms: number): number {
  return Math.min(MAX_PAUSE_MS, Math.max(MIN_PAUSE_MS, ms))
}

/** Three quarters to five quarters of it. */
function jittered(ms: number, random: () => number): number {
  return ms * (0.75 + random() / 2)
}
