// Numbers for Prometheus. What is counted here says nothing of who sent what.

import type { ErrorCode } from '@koutu/core'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { JobState, QueueStats } from '../jobs/job-service.ts'

interface EndedJob {
  readonly state: JobState
  readonly code: ErrorCode | null
  readonly waitingMs: number
  readonly runningMs: number
  /** By step. */
  readonly timingsMs: Readonly<Record<string, number>>
}

export interface Metrics {
  readonly contentType: string
  requestEnded(request: {
    readonly method: string
    /** The pattern, never the path: a label for each job would fill the memory. */
    readonly route: string
    readonly status: number
    readonly ms: number
    readonly code: string | null
  }): void
  uploaded(bytes: number): void
  jobEnded(job: EndedJob): void
  expose(): Promise<string>
}

export interface MetricSources {
  readonly stats: () => Promise<Pick<QueueStats, 'queued' | 'running'>>
  readonly maxQueued: number
  /** Bytes reserved for decoded pictures. */
  readonly decodeBytes: () => number
  /** Whether jobs wait because storage or database do not answer. */
  readonly isHeldUp: () => boolean
}

/** Requests: from an answer out of memory to a picture waited for. */
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]
const JOB_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300, 900]

export function createMetrics({ stats, maxQueued, decodeBytes, isHeldUp }: MetricSources): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'koutu_http_request_seconds',
    help: 'Time until a response was complete.',
    labelNames: ['method', 'route', 'status'],
    buckets: REQUEST_SECONDS,
    registers,
  })
  const problems = new Counter({
    name: 'koutu_http_problems_total',
    help: 'Requests that were rejected or failed, by error code.',
    labelNames: ['code'],
    registers,
  })
  const uploads = new Counter({ name: 'koutu_upload_bytes_total', help: 'Bytes of accepted images.', registers })
  const jobs = new Counter({
    name: 'koutu_jobs_total',
    help: 'Finished jobs, by state.',
    labelNames: ['state'],
    registers,
  })
  const failures = new Counter({
    name: 'koutu_job_failures_total',
    help: 'Failed jobs, by error code.',
    labelNames: ['code'],
    registers,
  })
  const histogram = (name: string, help: string, labelNames: string[] = []) =>
    new Histogram({ name, help, labelNames, buckets: JOB_SECONDS, registers })
  const waiting = histogram('koutu_job_waiting_seconds', 'Time that a job waited in the queue.')
  const running = histogram('koutu_job_running_seconds', 'Duration of the last attempt of a job.')
  const steps = histogram('koutu_step_seconds', 'Duration of each step of the pipeline.', ['step'])
  new Gauge({
    name: 'koutu_queue_jobs',
    help: 'Unfinished jobs, by state.',
    labelNames: ['state'],
    registers,
    async collect() {
      const { queued, running: active } = await stats()
      this.set({ state: 'queued' }, queued)
      this.set({ state: 'running' }, active)
    },
  })
  new Gauge({ name: 'koutu_queue_limit_jobs', help: 'Maximum number of queued jobs.', registers }).set(maxQueued)
  new Gauge({
    name: 'koutu_decode_bytes',
    help: 'Memory reserved for decoded images.',
    registers,
    collect() {
      this.set(decodeBytes())
    },
  })
  new Gauge({
    name: 'koutu_outage',
    help: 'Whether jobs wait because storage or database do not answer: 1 or 0.',
    registers,
    collect() {
      this.set(isHeldUp() ? 1 : 0)
    },
  })
  return {
    contentType: registry.contentType,
    requestEnded({ method, route, status, ms, code }) {
      requests.observe({ method, route, status }, ms / 1000)
      if (code !== null) problems.inc({ code })
    },
    uploaded: (bytes) => uploads.inc(bytes),
    jobEnded({ state, code, waitingMs, runningMs, timingsMs }) {
      jobs.inc({ state })
      if (code !== null) failures.inc({ code })
      waiting.observe(waitingMs / 1000)
      running.observe(runningMs / 1000)
      for (const [step, ms] of Object.entries(timingsMs)) steps.observe({ step }, ms / 1000)
    },
    expose: () => registry.metrics(),
  }
}
