// One attempt at a job: read the input, run it, store the result, and decide what becomes of the job. Knows nothing of the
// other attempts beside those it has to wait for.

import { isKoutuError, KoutuError, type KoutuEvent, toKoutuError } from '@koutu/core'
import type { JobCoarse } from '../jobs/job-coarse.ts'
import { coarseKey, resultKey } from '../jobs/job-keys.ts'
import type { JobNotifications } from '../jobs/job-notifications.ts'
import type { Job } from '../jobs/job-service.ts'
import type { Attempt, JobStore } from '../jobs/job-store.ts'
import type { Blobs, Logger, Observer, Runner, RunResult } from '../ports/ports.ts'
import { type AttemptFiles, openAttemptFiles } from './attempt-files.ts'
import { isOutage, outagePauseSeconds } from './outage.ts'

const PROGRESS_INTERVAL_MS = 1_000
/** A job fails for good after this many failures that a retry might have mended. */
const MAX_FAILURES = 3
/**
 * A worker has to be up this long before it runs a job in isolation. While workers are killed one after the other, by an
 * operator or for lack of memory, no job is blamed for it.
 */
const MIN_UPTIME_MS = 60_000
/** A store that takes longer to give or take one image is not answering. */
const STORE_TIMEOUT_MS = 120_000
/** No image is to blame for the files of a model: they are checked, and made anew, when it is loaded again. */
const MODEL_FAULTS: ReadonlySet<string> = new Set(['MODEL_INVALID', 'MODEL_CORRUPT'])
/** Errors that mean that a process ended while it held the image. */
const CRASHES: ReadonlySet<string> = new Set(['RUNNER_CRASHED', 'ENGINE_FAILED'])

export interface AttemptDeps {
  readonly store: JobStore
  readonly notifications: JobNotifications
  readonly blobs: Blobs
  readonly runner: Runner
  /** For large images of jobs that are worked on. */
  readonly tempFolder: string
  /** Waits until the job's images fit into memory beside the others. The returned function frees it. */
  readonly reserve: (job: Job, signal: AbortSignal) => Promise<() => void>
  /** Longest time that an image may be worked on. */
  readonly timeoutMs: number
  /** How long a job waits for the end of an outage before it fails. */
  readonly outageTimeoutMs: number
  readonly nowMs: () => number
  /** A monotonic clock, for durations within this process. */
  readonly monotonicMs: () => number
  readonly observer: Observer
  readonly logger: Logger
}

export interface AttemptContext {
  /** How long the worker has been up. */
  readonly uptimeMs: number
  /** Attempts that must end before an isolated one begins. */
  readonly others: readonly Promise<void>[]
  /** Fires when the job has to be given back unfinished. */
  readonly givingBack: AbortSignal
}

/**
 * Resolves with the outage that held the job up, if any. Errors: those of the database; then the claim lapses, and the job is
 * tried again.
 */
export async function runAttempt(
  deps: AttemptDeps,
  attempt: Attempt,
  context: AttemptContext,
): Promise<KoutuError | null> {
  const { store, notifications } = deps
  const { others, givingBack } = context
  if (attempt.failures >= MAX_FAILURES) {
    await fail(deps, attempt, crashedRepeatedly(workerEnded(), attempt.failures))
    return null
  }
  const youngMs = MIN_UPTIME_MS - context.uptimeMs
  if (attempt.mustBeAlone && youngMs > 0) {
    await store.giveBack(attempt, Math.ceil(youngMs / 1000))
    return null
  }
  const lost = new AbortController()
  using _ = notifications.subscribe(attempt.job.id, (state) => {
    // Canceled, or given to another worker after this one had seemed dead.
    if (state === 'canceled') lost.abort()
  })
  const stopped = AbortSignal.any([lost.signal, givingBack])
  try {
    await unlessStopped(Promise.all(others), stopped)
    if (attempt.mustBeAlone && !(await store.beginAlone(attempt))) lost.abort()
    const release = await deps.reserve(attempt.job, stopped)
    try {
      await using files = await openAttemptFiles(deps.blobs, deps.tempFolder)
      await finish(deps, attempt, await run(deps, attempt, files, stopped, lost), stopped)
    } finally {
      release()
    }
    return null
  } catch (thrown) {
    const error = toKoutuError(thrown)
    if (lost.signal.aborted) observe(deps, attempt, 'canceled', null, {})
    else if (givingBack.aborted) await store.giveBack(attempt)
    else if (isOutage(error)) {
      await holdUpOrFail(deps, attempt, error)
      return error
    } else await failOrRetry(deps, attempt, error)
    return null
  }
}

async function run(
  deps: AttemptDeps,
  attempt: Attempt,
  files: AttemptFiles,
  signal: AbortSignal,
  lost: AbortController,
): Promise<RunResult> {
  const { job, isSuspect, mustBeAlone } = attempt
  const reading = Promise.all([
    files.read(job.input),
    job.background && files.read(job.background),
    job.coarse && files.readAll(job.coarse.blob),
  ])
  const [input, background, coarse] = await answerOfStore(reading, signal)
  const source = background && 'path' in background ? background.path : background
  const options = source ? { ...job.options, background: { type: 'picture' as const, source } } : job.options
  const given = job.coarse && coarse ? { coarse: { file: coarse, facts: job.coarse.facts } } : {}
  const isIsolated = isSuspect || mustBeAlone
  const request = { input, options, isIsolated, resultPath: files.resultPath, ...given }
  // Its time begins when it does.
  const timeout = AbortSignal.timeout(deps.timeoutMs)
  const ctx = { signal: AbortSignal.any([signal, timeout]), onEvent: progressWriter(deps, attempt, lost) }
  return deps.runner.run(request, ctx).catch((error: unknown) => {
    const isCrash = isKoutuError(error) && error.code === 'RUNNER_CRASHED'
    throw timeout.aborted && !signal.aborted && !isCrash ? timedOut(deps.timeoutMs) : error
  })
}

async function finish(deps: AttemptDeps, attempt: Attempt, result: RunResult, signal: AbortSignal): Promise<void> {
  const { blobs, store } = deps
  const { image, contentType, width, height, report } = result
  const key = resultKey(attempt.job.id, attempt.job.attempts)
  const storing = Promise.all([
    blobs.put(key, image, { contentType, signal }),
    attempt.job.coarse ?? storeCoarse(blobs, attempt.job, result, signal),
  ])
  const [blob, coarse] = await answerOfStore(storing, signal)
  const isOurs = await store.succeed(attempt, { blob, width, height, report, coarse })
  if (isOurs) observe(deps, attempt, 'succeeded', null, report.timingsMs)
  else await blobs.delete([blob.key, coarseKey(attempt.job.id, attempt.job.attempts)])
}

async function storeCoarse(
  blobs: Blobs,
  { id, attempts }: Job,
  { coarse }: RunResult,
  signal: AbortSignal,
): Promise<JobCoarse | null> {
  if (!coarse) return null
  const { file, facts } = coarse
  return { blob: await blobs.put(coarseKey(id, attempts), file, { contentType: 'image/png', signal }), facts }
}

/** Does not wait for a store that is frozen, or after an abort. Errors: STORAGE_FAILED, ABORTED. */
async function answerOfStore<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), STORE_TIMEOUT_MS)
  try {
    return await unlessStopped(answer, AbortSignal.any([signal, late.signal]))
  } catch (error) {
    if (!late.signal.aborted || signal.aborted) throw error
    throw new KoutuError('STORAGE_FAILED', { detail: `no answer within ${STORE_TIMEOUT_MS / 1000} s` })
  } finally {
    clearTimeout(timer)
  }
}

/** Holds on to nothing afterwards: a signal outlives what it may stop, and images with it. Errors: those of `work`, ABORTED. */
async function unlessStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: stopped, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => reject(new KoutuError('ABORTED', { cause: signal.reason }))
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  try {
    return await Promise.race([stopped, work])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** Writes progress down once a second at most: short jobs none at all. */
function progressWriter({ store, monotonicMs }: AttemptDeps, attempt: Attempt, lost: AbortController) {
  let writtenAtMs = monotonicMs()
  return (event: KoutuEvent): void => {
    if (event.type !== 'progress' || event.fraction >= 1 || monotonicMs() - writtenAtMs < PROGRESS_INTERVAL_MS) return
    writtenAtMs = monotonicMs()
    store.progress(attempt, event.fraction).then(
      (isOurs) => {
        if (!isOurs) lost.abort()
      },
      () => {},
    )
  }
}

async function failOrRetry(deps: AttemptDeps, attempt: Attempt, error: KoutuError): Promise<void> {
  const { job, failures } = attempt
  if (!error.row.retryable && !MODEL_FAULTS.has(error.code)) return fail(deps, attempt, error)
  const count = failures + 1
  const fields = { jobId: job.id, attempt: job.attempts, failures: count, error: error.toJSON() }
  deps.logger.warn(fields, 'attempt failed')
  const isSuspect = CRASHES.has(error.code)
  if (count < MAX_FAILURES) await deps.store.retry(attempt, { isSuspect })
  else await fail(deps, attempt, isSuspect ? crashedRepeatedly(error, count) : error)
}

/** An outage is no failure of the job: it waits, until it has waited for too long. */
async function holdUpOrFail(deps: AttemptDeps, attempt: Attempt, error: KoutuError): Promise<void> {
  const heldUpMs = attempt.heldUpAt ? deps.nowMs() - attempt.heldUpAt.getTime() : 0
  if (heldUpMs > deps.outageTimeoutMs) await fail(deps, attempt, error)
  else await deps.store.holdUp(attempt, outagePauseSeconds(heldUpMs))
}

async function fail(deps: AttemptDeps, attempt: Attempt, error: KoutuError): Promise<void> {
  if (await deps.store.fail(attempt, error)) observe(deps, attempt, 'failed', error, {})
}

function observe(
  { observer, logger, nowMs }: AttemptDeps,
  { job }: Attempt,
  state: 'succeeded' | 'failed' | 'canceled',
  error: KoutuError | null,
  timingsMs: Readonly<Record<string, number>>,
): void {
  const startedMs = job.startedAt?.getTime() ?? nowMs()
  const [waitingMs, runningMs] = [startedMs - job.createdAt.getTime(), nowMs() - startedMs]
  observer.jobEnded({ state, code: error?.code ?? null, waitingMs, runningMs, timingsMs })
  logger.info({ jobId: job.id, state, code: error?.code, attempt: job.attempts, waitingMs, runningMs }, 'job ended')
}

function workerEnded(): KoutuError {
  return new KoutuError('RUNNER_CRASHED', { detail: 'the worker exited while it had only this job' })
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
