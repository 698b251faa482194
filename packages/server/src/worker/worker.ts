// Claims jobs and runs them, up to a number at once. Holds no image logic and no SQL.

import { toKoutuError } from '@koutu/core'
import { HEARTBEAT_SECONDS } from '../db/boss.ts'
import { QUEUED, TAKEN } from '../jobs/job-notifications.ts'
import type { Attempt } from '../jobs/job-store.ts'
import { createAnnouncements } from './announcements.ts'
import { type AttemptDeps, runAttempt } from './attempt.ts'
import { createClockWatch } from './clock-watch.ts'
import { isOutage, Outage } from './outage.ts'

/** A notification may get lost, and a retried job comes without one. */
const POLL_INTERVAL_MS = 2_000

export interface WorkerDeps extends AttemptDeps {
  readonly concurrency: number
}

export interface Worker {
  start(): void
  readonly running: number
  /** Whether it claims nothing because storage or database do not answer. */
  readonly isHeldUp: boolean
  /** Claims nothing new, waits for what runs until the timeout, and gives the rest back. */
  stop(options: { readonly timeoutMs: number }): Promise<void>
}

export function createWorker(deps: WorkerDeps): Worker {
  return new JobWorker(deps)
}

class JobWorker implements Worker {
  readonly #deps: WorkerDeps
  readonly #running = new Map<Attempt, Promise<void>>()
  readonly #givingBack = new AbortController()
  readonly #outage: Outage
  readonly #isClockSetBack: () => boolean
  #startedAtMs: number
  #isStopping = false
  #isClaiming = false
  #mustClaimAgain = false
  readonly #listening = new DisposableStack()
  #polling: NodeJS.Timeout | undefined
  #heartbeat: NodeJS.Timeout | undefined

  constructor(deps: WorkerDeps) {
    this.#deps = deps
    const { blobs, nowMs, monotonicMs, logger } = deps
    this.#startedAtMs = monotonicMs()
    this.#outage = new Outage({ check: () => blobs.check(), monotonicMs, logger })
    this.#isClockSetBack = createClockWatch(nowMs, monotonicMs)
  }

  get running(): number {
    return this.#running.size
  }

  get isHeldUp(): boolean {
    return this.#outage.isActive
  }

  start(): void {
    const { monotonicMs, notifications } = this.#deps
    this.#startedAtMs = monotonicMs()
    const announcements = this.#listening.use(createAnnouncements({ look: () => this.#claim() }))
    // Null: what has been missed is not known.
    const onQueued = (count: string | null) => announcements.queued(Number(count ?? 1))
    const onTaken = (id: string | null) => id !== null && announcements.taken()
    this.#listening.use(notifications.subscribe(QUEUED, onQueued))
    this.#listening.use(notifications.subscribe(TAKEN, onTaken))
    this.#polling = setInterval(() => void this.#poll(), POLL_INTERVAL_MS)
    this.#heartbeat = setInterval(() => this.#keepAlive(), (HEARTBEAT_SECONDS * 1000) / 3)
    void this.#claim()
  }

  async stop({ timeoutMs }: { readonly timeoutMs: number }): Promise<void> {
    this.#isStopping = true
    this.#listening.dispose()
    clearInterval(this.#polling)
    const all = () => Promise.all(this.#running.values())
    const { promise: late, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, timeoutMs)
    await Promise.race([all(), late])
    clearTimeout(timer)
    this.#givingBack.abort()
    await all()
    clearInterval(this.#heartbeat)
  }

  async #poll(): Promise<void> {
    if (this.#isClockSetBack())
      await this.#deps.store.realign().catch((error: unknown) => this.#report(error, 'could not follow the clock'))
    await this.#claim()
  }

  /**
   * Fills the free slots, and resolves with whether it found a job; null where it did not look. Called while it is at work, it looks once
   * more afterwards.
   */
  async #claim(): Promise<boolean | null> {
    if (this.#isClaiming) {
      this.#mustClaimAgain = true
      return null
    }
    this.#isClaiming = true
    let found: boolean | null = null
    try {
      do {
        const claimed = await this.#claimOnce()
        if (claimed !== null) found = (found ?? false) || claimed > 0
      } while (this.#mustClaimAgain)
    } catch (error) {
      this.#report(error, 'could not claim jobs')
    } finally {
      this.#isClaiming = false
    }
    return found
  }

  /** How many it claimed, and sets whether there may be more; null where it did not look. */
  async #claimOnce(): Promise<number | null> {
    this.#mustClaimAgain = false
    const free = this.#deps.concurrency - this.#running.size
    // An isolated job waits for the others, and nothing new is claimed meanwhile.
    const isIsolating = [...this.#running.keys()].some(({ mustBeAlone }) => mustBeAlone)
    if (this.#isStopping || free <= 0 || isIsolating) return null
    const count = await this.#outage.allow(free, this.#running.size)
    if (count === 0) return null
    const attempts = await this.#deps.store.take(count)
    if (attempts.length === 0) this.#outage.pass()
    for (const attempt of attempts) if (!attempt.mustBeAlone) this.#begin(attempt)
    for (const attempt of attempts) if (attempt.mustBeAlone) this.#begin(attempt)
    if (attempts.length === count) this.#mustClaimAgain = true
    return attempts.length
  }

  #begin(attempt: Attempt): void {
    const { monotonicMs } = this.#deps
    const done = runAttempt(this.#deps, attempt, {
      uptimeMs: monotonicMs() - this.#startedAtMs,
      others: attempt.mustBeAlone ? [...this.#running.values()] : [],
      givingBack: this.#givingBack.signal,
    })
      .then(
        (outage) => (outage ? this.#outage.begin(outage) : this.#outage.end()),
        // The claim lapses, and the job is tried again.
        (error: unknown) => this.#report(error, 'could not finish a job', { jobId: attempt.job.id }),
      )
      .finally(() => {
        this.#running.delete(attempt)
        void this.#claim()
      })
    this.#running.set(attempt, done)
  }

  #keepAlive(): void {
    if (this.#running.size === 0) return
    this.#deps.store
      .keepAlive([...this.#running.keys()])
      .catch((error: unknown) => this.#report(error, 'could not renew claims'))
  }

  /** An outage is logged once, whatever it keeps from working. */
  #report(thrown: unknown, message: string, fields: object = {}): void {
    const error = toKoutuError(thrown)
    if (isOutage(error)) this.#outage.begin(error)
    else this.#deps.logger.error({ ...fields, error: error.toJSON() }, message)
  }
}
