// Takes jobs and has them run, so many at once. Holds no picture logic and no SQL: the store decides what becomes of a job.

import { KoutuError, type KoutuEvent, throwIfAborted, toKoutuError } from '@koutu/core'
import { HEARTBEAT_SECONDS } from '../db/boss.ts'
import { type Hub, QUEUED } from '../jobs/hub.ts'
import { resultKey } from '../jobs/job-keys.ts'
import type { Attempt, JobStore } from '../jobs/job-store.ts'
import type { BlobRef, Blobs, Logger, Observer, Runner, RunResult } from '../ports/ports.ts'

/** A message that a job waits may get lost, and a job that is tried again comes without one. */
const POLL_MS = 2_000
const PROGRESS_MS = 1_000
/** A job that fails so often, each time in a way that may pass, has failed. */
const MAX_FAILURES = 3
/**
 * What must run alone does so on a worker of this age only: while workers are killed one after the other, as by an operator or for
 * want of memory, no job is blamed for it.
 */
const PEACE_MS = 60_000
/** Errors that mean that a process ended while it held the picture. */
const CRASHES: ReadonlySet<string> = new Set(['RUNNER_CRASHED', 'ENGINE_FAILED'])

export interface WorkerDeps {
  readonly store: JobStore
  readonly hub: Hub
  readonly blobs: Blobs
  readonly runner: Runner
  /** Waits until a picture of so many pixels fits into memory beside the others. Resolves with what gives the room back. */
  readonly reserve: (pixels: number, signal: AbortSignal) => Promise<() => void>
  readonly concurrency: number
  /** Longest time of one attempt. */
  readonly timeoutMs: number
  readonly nowMs: () => number
  readonly observer: Observer
  readonly logger: Logger
}

export interface Worker {
  start(): void
  readonly running: number
  /** Takes nothing new, waits for what runs until the time is over, and gives the rest back. */
  stop(options: { readonly timeoutMs: number }): Promise<void>
}

export function createWorker(deps: WorkerDeps): Worker {
  const { store, hub, blobs, runner, reserve, concurrency, timeoutMs, nowMs, observer, logger } = deps
  const running = new Map<Attempt, Promise<void>>()
  const givingBack = new AbortController()
  let startedAtMs = nowMs()
  let isStopping = false
  let isTaking = false
  let isAskedAgain = false

  /** Fills the free places. Asked while it is at it, it looks once more afterwards. */
  const fill = async (): Promise<void> => {
    if (isTaking) {
      isAskedAgain = true
      return
    }
    isTaking = true
    try {
      do {
        isAskedAgain = false
        const free = concurrency - running.size
        // What must be alone waits for the others, and nothing new comes meanwhile.
        if (isStopping || free <= 0 || isHeldByOne()) break
        const attempts = await store.take(free)
        for (const attempt of attempts) if (!attempt.mustBeAlone) begin(attempt)
        for (const attempt of attempts) if (attempt.mustBeAlone) begin(attempt)
        // Perhaps there are more; when fewer came than there are places, there are not.
        if (attempts.length === free) isAskedAgain = true
      } while (isAskedAgain)
    } catch (error) {
      logger.error({ error: toKoutuError(error).toJSON() }, 'jobs could not be taken')
    } finally {
      isTaking = false
    }
  }

  const isHeldByOne = (): boolean => [...running.keys()].some(({ mustBeAlone }) => mustBeAlone)

  const begin = (attempt: Attempt): void => {
    const done = work(attempt, attempt.mustBeAlone ? [...running.values()] : [])
      .catch((error: unknown) => {
        // The database is away: the claim lapses, and the job is tried again.
        logger.error({ jobId: attempt.job.id, error: toKoutuError(error).toJSON() }, 'a job could not be ended')
      })
      .finally(() => {
        running.delete(attempt)
        void fill()
      })
    running.set(attempt, done)
  }

  const work = async (attempt: Attempt, others: readonly Promise<void>[]): Promise<void> => {
    const { job } = attempt
    if (attempt.failures >= MAX_FAILURES) return fail(attempt, crashedRepeatedly(workerEnded(), attempt.failures))
    const youngMs = startedAtMs + PEACE_MS - nowMs()
    if (attempt.mustBeAlone && youngMs > 0) {
      await store.giveBack(attempt, Math.ceil(youngMs / 1000))
      return
    }
    const lost = new AbortController()
    using _ = hub.watch(job.id, (state) => {
      // Canceled, or given to another worker after we had seemed dead.
      if (state === 'canceled') lost.abort()
    })
    const stopped = AbortSignal.any([lost.signal, givingBack.signal])
    // Its time begins when it does.
    await Promise.race([Promise.all(others), aborted(stopped)])
    const timeout = AbortSignal.timeout(timeoutMs)
    const signal = AbortSignal.any([stopped, timeout])
    try {
      throwIfAborted(stopped)
      if (attempt.mustBeAlone && !(await store.beginAlone(attempt))) lost.abort()
      const result = await run(attempt, signal, lost)
      const blob = await blobs.put(resultKey(job.id, job.attempts), result.image, { contentType: result.contentType })
      const { width, height, report } = result
      const isOurs = await store.succeed(attempt, { blob, width, height, report })
      if (isOurs) observe(attempt, 'succeeded', null, report.timingsMs)
      else await blobs.delete([blob.key])
    } catch (error) {
      if (lost.signal.aborted) observe(attempt, 'canceled', null, {})
      else if (givingBack.signal.aborted) await store.giveBack(attempt)
      else if (timeout.aborted) await fail(attempt, timedOut(timeoutMs))
      else await handle(attempt, toKoutuError(error))
    }
  }

  const run = async (attempt: Attempt, signal: AbortSignal, lost: AbortController): Promise<RunResult> => {
    const { job, isSuspect, mustBeAlone } = attempt
    const release = await reserve(job.pixels, signal)
    try {
      const [input, background] = await Promise.all([
        readAll(blobs, job.input),
        job.background && readAll(blobs, job.background),
      ])
      const options = background
        ? { ...job.options, background: { type: 'picture' as const, source: background } }
        : job.options
      const onEvent = progressTeller(attempt, lost)
      return await runner.run({ input, options, isIsolated: isSuspect || mustBeAlone }, { signal, onEvent })
    } finally {
      release()
    }
  }

  /** Writes progress down once a second at most: short jobs none at all. */
  const progressTeller = (attempt: Attempt, lost: AbortController) => {
    let toldAtMs = nowMs()
    return (event: KoutuEvent): void => {
      if (event.type !== 'progress' || event.fraction >= 1 || nowMs() - toldAtMs < PROGRESS_MS) return
      toldAtMs = nowMs()
      store.progress(attempt, event.fraction).then(
        (isOurs) => {
          if (!isOurs) lost.abort()
        },
        () => {},
      )
    }
  }

  const handle = async (attempt: Attempt, error: KoutuError): Promise<void> => {
    const { job, failures } = attempt
    if (!error.row.retryable) return fail(attempt, error)
    const count = failures + 1
    logger.warn({ jobId: job.id, attempt: job.attempts, failures: count, error: error.toJSON() }, 'an attempt failed')
    const isSuspect = CRASHES.has(error.code)
    if (count < MAX_FAILURES) await store.retry(attempt, { isSuspect })
    else await fail(attempt, isSuspect ? crashedRepeatedly(error, count) : error)
  }

  const fail = async (attempt: Attempt, error: KoutuError): Promise<void> => {
    if (await store.fail(attempt, error)) observe(attempt, 'failed', error, {})
  }

  const observe = (
    { job }: Attempt,
    state: 'succeeded' | 'failed' | 'canceled',
    error: KoutuError | null,
    timingsMs: Readonly<Record<string, number>>,
  ): void => {
    const startedMs = job.startedAt?.getTime() ?? nowMs()
    const [waitingMs, runningMs] = [startedMs - job.createdAt.getTime(), nowMs() - startedMs]
    observer.jobEnded({ state, code: error?.code ?? null, waitingMs, runningMs, timingsMs })
    logger.info({ jobId: job.id, state, code: error?.code, attempt: job.attempts, waitingMs, runningMs }, 'job ended')
  }

  const keepAlive = (): void => {
    if (running.size === 0) return
    store.keepAlive([...running.keys()]).catch((error: unknown) => {
      logger.error({ error: toKoutuError(error).toJSON() }, 'claims could not be kept alive')
    })
  }

  let watch: Disposable | null = null
  let timers: NodeJS.Timeout[] = []

  return {
    start() {
      startedAtMs = nowMs()
      watch = hub.watch(QUEUED, () => void fill())
      timers = [setInterval(() => void fill(), POLL_MS), setInterval(keepAlive, (HEARTBEAT_SECONDS * 1000) / 3)]
      void fill()
    },
    get running() {
      return running.size
    },
    async stop({ timeoutMs: graceMs }) {
      isStopping = true
      watch?.[Symbol.dispose]()
      clearInterval(timers[0])
      const all = () => Promise.all(running.values())
      const { promise: late, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, graceMs)
      await Promise.race([all(), late])
      clearTimeout(timer)
      givingBack.abort()
      await all()
      for (const one of timers) clearInterval(one)
    },
  }
}

async function readAll(blobs: Blobs, { key, bytes }: BlobRef): Promise<Uint8Array<ArrayBuffer>> {
  const stream = await blobs.read(key)
  if (!stream) throw new KoutuError('INPUT_NOT_FOUND', { detail: 'the picture is no longer in the store' })
  const whole = new Uint8Array(bytes)
  let at = 0
  for await (const chunk of stream) {
    if (at + chunk.length > bytes) break
    whole.set(chunk, at)
    at += chunk.length
  }
  if (at !== bytes) throw new KoutuError('STORAGE_FAILED', { detail: `expected ${bytes} bytes but received ${at}` })
  return whole
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function workerEnded(): KoutuError {
  return new KoutuError('RUNNER_CRASHED', { detail: 'the worker ended that had nothing else to do' })
}

function timedOut(timeoutMs: number): KoutuError {
  return new KoutuError('JOB_TIMEOUT', { detail: `expected at most ${timeoutMs / 1000} s`, data: { limit: timeoutMs } })
}

function crashedRepeatedly(error: KoutuError, count: number): KoutuError {
  return new KoutuError('JOB_CRASHED_REPEATEDLY', {
    detail: `${count} times, the last time: ${error.message}`,
    data: { count, code: error.code },
  })
}
