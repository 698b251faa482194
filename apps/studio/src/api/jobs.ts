// The server's jobs as this page uses them. Paths are relative to the page, so that a prefix of a proxy stays.

import type { Options } from '@koutu/core/options'
import type { Report } from '@koutu/core/pipeline'
import { textOf } from './option-text.ts'
import { type RequestOptions, request } from './request.ts'

export type JobState = 'queued' | 'running' | 'succeeded' | 'failed' | 'canceled' | 'expired' | 'deleted'

export interface Job {
  readonly id: string
  readonly state: JobState
  readonly progress: number
  /** Jobs before it in the queue; null unless it waits. */
  readonly position: number | null
  /** About how long until it has ended; null where the server cannot tell. */
  readonly secondsLeft: number | null
  readonly fileName: string | null
  readonly result: {
    readonly bytes: number
    readonly contentType: string
    readonly sha256: string
    readonly width: number
    readonly height: number
    readonly report: Report
  } | null
  readonly error: { readonly code: string; readonly detail?: string; readonly title?: string } | null
}

export type JobOptions = Partial<Options>

type Waiting = Pick<RequestOptions, 'signal' | 'onWaiting'>

export interface SubmitRequest {
  readonly name: string
  readonly source: Blob | null
  readonly url: string | null
  readonly options: JobOptions
  /** Behind the subject, where the options name an image. */
  readonly background?: Blob | undefined
  /** The same key gives the same job, however often it is sent. */
  readonly idempotencyKey: string
}

export async function submitJob(
  { name, source, url, options, background, idempotencyKey }: SubmitRequest,
  waiting: Waiting,
): Promise<Job> {
  const headers: Record<string, string> = { prefer: 'respond-async', 'idempotency-key': idempotencyKey }
  let body: BodyInit
  if (source) {
    const form = new FormData()
    for (const [field, value] of Object.entries(options)) form.set(field, textOf(value))
    if (background) form.set('background', background, 'background')
    form.set('fileName', name)
    form.set('image', source, name)
    body = form
  } else {
    headers['content-type'] = 'application/json'
    body = JSON.stringify({ ...options, url })
  }
  const response = await request('v1/cutouts', { method: 'POST', headers, body, ...waiting })
  return response.json()
}

export async function readJob(id: string, waiting: Waiting = {}): Promise<Job> {
  return (await request(`v1/jobs/${id}`, waiting)).json()
}

/** Cancels it, or deletes its images. */
export async function deleteJob(id: string): Promise<void> {
  await request(`v1/jobs/${id}`, { method: 'DELETE', keepalive: true })
}

/** As `deleteJob`, for what was submitted with this key, or is still on its way. */
export async function withdrawJob(idempotencyKey: string): Promise<void> {
  const headers = { 'idempotency-key': idempotencyKey }
  await request('v1/cutouts', { method: 'DELETE', keepalive: true, headers })
}

export async function readResult(id: string, waiting: Waiting = {}): Promise<Blob> {
  return (await request(`v1/jobs/${id}/result`, { ...waiting, headers: { accept: '*/*' } })).blob()
}

/** What the network found, at its own size: a gray PNG of 8 bits. */
export async function readCoarseAlpha(id: string, waiting: Waiting = {}): Promise<Blob> {
  return (await request(`v1/jobs/${id}/alpha`, { ...waiting, headers: { accept: 'image/png' } })).blob()
}

/** Another job from what the first one found: no network runs. */
export async function refineJob(
  id: string,
  options: JobOptions,
  idempotencyKey: string,
  waiting: Waiting,
): Promise<Job> {
  const response = await request(`v1/jobs/${id}/refine`, {
    ...waiting,
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
    body: JSON.stringify({ options }),
  })
  return response.json()
}
