// The image by another model or quality, beside the cutout that the page works on.

import { followJob } from '../api/job-events.ts'
import { deleteJob, type Job, readJob, submitJob } from '../api/jobs.ts'
import { RequestError, request } from '../api/request.ts'
import type { Item, Outcome } from '../state/items.ts'
import { saveList } from '../state/store.ts'
import { removeOnDevice } from './on-device.ts'
import { resultFile } from './results.ts'

export const QUALITIES = ['fast', 'balanced', 'best'] as const

export interface Candidate {
  readonly model: string
  readonly quality: (typeof QUALITIES)[number]
}

export interface CandidateResult {
  readonly file: Blob
  readonly outcome: Outcome
  /** Null where no server made it. */
  readonly jobId: string | null
}

export interface Model {
  readonly id: string
  readonly isHere: boolean
}

/** Of the server; those that are installed first. */
export async function listModels(signal: AbortSignal): Promise<readonly Model[]> {
  const { models } = (await (await request('v1/models', { signal })).json()) as { models: readonly Model[] }
  return models.toSorted((a, b) => Number(b.isHere) - Number(a.isHere))
}

/** Runs the network, once for each candidate. Errors: RequestError, KoutuError; what `signal` throws. */
export async function runCandidate(item: Item, candidate: Candidate, signal: AbortSignal): Promise<CandidateResult> {
  if (item.where === 'device') {
    return { ...(await removeOnDevice(item, { quality: candidate.quality }, signal)), jobId: null }
  }
  const submitted = await submitCandidate(item, candidate, signal)
  const { id } = submitted
  // Nobody waits for it any more.
  const cancel = () => void deleteJob(id).catch(() => {})
  signal.addEventListener('abort', cancel)
  try {
    if (!submitted.result && !submitted.error) await followJob(id, () => {}, signal)
    const { result, error, state } = await readJob(id, { signal })
    if (!result) throw new RequestError(error?.code ?? 'unknown', error?.detail ?? state, 0)
    return { file: await resultFile(id), outcome: result, jobId: id }
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

/** Once for each candidate, but again where it was canceled. */
async function submitCandidate(item: Item, candidate: Candidate, signal: AbortSignal): Promise<Job> {
  const { name, source, url } = item
  for (let attempt = 0; ; attempt++) {
    const idempotencyKey = `${item.id}.${candidate.model}.${candidate.quality}.${attempt}`
    const job = await submitJob({ name, source, url, options: { ...candidate }, idempotencyKey }, { signal })
    if (!['canceled', 'expired', 'deleted'].includes(job.state)) return job
  }
}

/** Strokes and settings go on from it. */
export function useCandidate(item: Item, { outcome, jobId }: CandidateResult): void {
  if (!jobId) return
  item.jobId.value = jobId
  item.outcome.value = outcome
  saveList()
}
