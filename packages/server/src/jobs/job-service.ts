// The interface of jobs, which is all that protocols use.

import type { ErrorCode, Report, ResolvedOptions } from '@koutu/core'
import type { BlobRef } from '../ports/ports.ts'
import type { GivenCoarse, JobCoarse } from './job-coarse.ts'
import type { Outlook } from './queue-outlook.ts'

export const JOB_STATES = ['queued', 'running', 'succeeded', 'failed', 'canceled', 'expired', 'deleted'] as const
export type JobState = (typeof JOB_STATES)[number]

/** In one of these a job stays, except that results expire or are deleted, and that its owner may have it run again. */
export function isFinal(state: JobState): boolean {
  return state !== 'queued' && state !== 'running'
}

/** Whose job it is: a key, or everybody on a server without keys. Jobs of others do not exist for an owner. */
export interface Owner {
  readonly id: string
}

export interface JobResult {
  readonly blob: BlobRef
  readonly width: number
  readonly height: number
  readonly report: Report
  /** What the network found; null for a finished cutout of a service. Unknown to jobs of before. */
  readonly coarse?: JobCoarse | null
}

export interface JobError {
  readonly code: ErrorCode
  readonly message: string
  readonly data: Readonly<Record<string, unknown>>
}

export interface Job {
  /** UUID version 7: later jobs sort after earlier ones. */
  readonly id: string
  readonly ownerId: string
  readonly batchId: string | null
  readonly state: JobState
  /** As the client named the file: for display and `Content-Disposition`, never for a path. */
  readonly fileName: string | null
  readonly input: BlobRef
  readonly background: BlobRef | null
  /** Set where the result of another job is made again. */
  readonly coarse: GivenCoarse | null
  readonly options: ResolvedOptions
  /** As in `JobRequest`. */
  readonly pixels: number
  readonly priority: number
  /** How often it has been started. */
  readonly attempts: number
  /** 0..1; never falls within an attempt. */
  readonly progress: number
  readonly createdAt: Date
  readonly startedAt: Date | null
  readonly endedAt: Date | null
  /** When the input and the result are deleted; null until the job has ended. */
  readonly expiresAt: Date | null
  /** Set when `succeeded`. */
  readonly result: JobResult | null
  /** Set when `failed`. */
  readonly error: JobError | null
}

/** `id` counts up from 1 within a job. A state event tells a change of state; the last event of a job that has ended is a final state. */
export type JobEvent = { readonly id: number; readonly at: Date } & (
  | { readonly type: 'state'; readonly state: JobState; readonly error: JobError | null }
  | { readonly type: 'progress'; readonly progress: number }
)

export interface JobRequest {
  /** From `newJobId()`; the blobs lie under it. */
  readonly id: string
  /** Already in the store, under `inputKey(id)`. From this call on it is the service's: it is deleted where no job comes of it. */
  readonly input: BlobRef
  /** A background picture, fetched or uploaded, where `options.background` is a picture; its `source` is then ignored. */
  readonly background?: BlobRef
  /** Stands in for the network; its blob lies under `givenCoarseKey(id)`. */
  readonly coarse?: GivenCoarse
  readonly options: ResolvedOptions
  /** What its images take in memory while they are worked on, in pixels of 8 bits. */
  readonly pixels: number
  readonly fileName: string | null
}

export interface SubmitRequest {
  /** One, or a batch: all of them are taken or none. */
  readonly jobs: readonly [JobRequest, ...JobRequest[]]
  readonly isBatch: boolean
  /** The same key with the same request is answered with the jobs of the first time; with another it is refused. */
  readonly idempotencyKey?: string
  /** POSTed to when a job has ended, or a batch as a whole. */
  readonly webhookUrl?: string
  /** -10..10; higher goes first across all owners; owners of equal priority take turns. Default 0. */
  readonly priority?: number
  /** The owner's jobs that have not ended may not be more than this. */
  readonly maxUnfinished?: number | undefined
  /** Refuses what is expected to take longer until its first job has ended. */
  readonly maxWaitMs?: number | undefined
}

export interface Submitted {
  readonly jobs: readonly Job[]
  readonly batchId: string | null
  /** False when the idempotency key brought back what was submitted before. */
  readonly isNew: boolean
}

export interface Batch {
  readonly id: string
  /** In the order they were submitted. */
  readonly jobs: readonly Job[]
}

interface JobPage {
  /** The newest first. */
  readonly jobs: readonly Job[]
  readonly nextCursor: string | null
}

interface JobQuery {
  readonly limit: number
  readonly cursor?: string
  readonly state?: JobState
}

export interface QueueStats {
  readonly queued: number
  readonly running: number
  readonly maxQueued: number
}

export interface JobService {
  /** Errors: QUEUE_FULL, TOO_MANY_JOBS, WAIT_TOO_LONG, IDEMPOTENCY_CONFLICT, JOB_CANCELED, STORAGE_FULL, STORAGE_FAILED. */
  submit(owner: Owner, request: SubmitRequest): Promise<Submitted>
  /** Another owner's job is null, as one that never was. */
  get(owner: Owner, id: string): Promise<Job | null>
  batch(owner: Owner, id: string): Promise<Batch | null>
  /** Errors: INVALID_OPTIONS for a cursor that is none. */
  list(owner: Owner, query: JobQuery): Promise<JobPage>
  /** Stops it where it has not ended; what has ended stays as it is. */
  cancel(owner: Owner, id: string): Promise<Job | null>
  /**
   * Deletes the input and the result of a job that has ended; its record stays. Cancels one that has not. Can be repeated.
   * Errors: STORAGE_FAILED, after which the sweeper deletes them.
   */
  delete(owner: Owner, id: string): Promise<Job | null>
  /**
   * As `delete`, for what was submitted with an idempotency key. A submission that comes later with this key is refused with
   * JOB_CANCELED. Can be repeated. Errors: STORAGE_FAILED.
   */
  withdraw(owner: Owner, idempotencyKey: string): Promise<readonly Job[]>
  /**
   * Queues a job again that has ended without a good result: it failed, was canceled, or its result is missing or damaged. Any other
   * job stays as it is. Errors: JOB_EXPIRED, INPUT_NOT_FOUND and BLOB_DAMAGED without an input to work on, QUEUE_FULL,
   * TOO_MANY_JOBS, STORAGE_FAILED.
   */
  retry(owner: Owner, id: string, limits?: Pick<SubmitRequest, 'maxUnfinished'>): Promise<Job | null>
  /** Every event after `afterId`, those of the past first; ends after the final state. Empty for a job that is not there. */
  events(
    owner: Owner,
    id: string,
    options: { readonly afterId: number; readonly signal: AbortSignal },
  ): AsyncIterable<JobEvent>
  /** Resolves when the job has ended. Errors: ABORTED when the signal fires first; the job goes on. */
  wait(owner: Owner, id: string, options: { readonly signal: AbortSignal }): Promise<Job>
  /** Where it stands, and how long it still takes. */
  outlook(job: Pick<Job, 'id' | 'state' | 'startedAt'>): Promise<Outlook>
  /** Before an image is taken in. Errors: WAIT_TOO_LONG where a job submitted now is expected to take longer. */
  checkWait(owner: Owner, maxWaitMs: number): Promise<void>
  stats(): Promise<QueueStats>
}
