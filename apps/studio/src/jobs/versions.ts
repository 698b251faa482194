// Results of an image with other strokes or settings: made by the server from what its network found, once each.

import { followJob } from '../api/job-events.ts'
import { deleteJob, type Job, type JobOptions, readJob, refineJob, submitJob } from '../api/jobs.ts'
import { RequestError } from '../api/request.ts'
import { type BackgroundImage, backgroundImage } from '../finish/background-image.ts'
import { edgeSettings, settings } from '../finish/settings.ts'
import { hintsOf, limitOf } from '../fix/strokes.ts'
import type { Item, Outcome } from '../state/items.ts'
import { refineOnDevice } from './on-device.ts'
import { resultFile } from './results.ts'

export interface Version {
  readonly file: Blob
  readonly outcome: Outcome
}

/** Of the image itself: strokes and edges. Follows changes. */
export function cutOptions(item: Item): JobOptions {
  const input = item.outcome.value?.report.input
  if (!input) return edgeSettings()
  const strokes = item.strokes.value
  const region = limitOf(strokes, 'subject')
  return {
    ...edgeSettings(),
    ...(region && { roi: { ...region, unit: '%' } }),
    ...hintsOf(strokes, input.width / input.height),
  }
}

/** All that the visitor has set. Follows changes. */
export function allOptions(item: Item): JobOptions {
  const image = backgroundImage.value
  const background = image ? { background: { type: 'picture' as const, source: `${image.name}#${image.id}` } } : {}
  return { ...settings.value, ...background, ...cutOptions(item) }
}

const jobs = new Map<string, { readonly id: string; readonly outcome: Outcome }>()

const keyOf = (item: Item, options: JobOptions): string => JSON.stringify([item.jobId.peek(), options])

/** Waits for it. Errors: RequestError; what `signal` throws, after the job has been canceled. */
export async function versionOf(item: Item, options: JobOptions, signal: AbortSignal): Promise<Version> {
  if (item.where === 'device') return deviceVersion(item, options, signal)
  const base = item.jobId.peek()!
  if (Object.keys(options).length === 0) return { file: await resultFile(base), outcome: item.outcome.peek()! }
  const key = keyOf(item, options)
  const known = jobs.get(key) ?? (await refined(item, options, key, signal))
  jobs.set(key, known)
  signal.throwIfAborted()
  return { file: await resultFile(known.id), outcome: known.outcome }
}

/** The latest one, which is what the stage shows and a download wants. */
let device: { readonly key: string; readonly version: Version } | null = null

async function deviceVersion(item: Item, options: JobOptions, signal: AbortSignal): Promise<Version> {
  const key = JSON.stringify([item.id, options])
  if (device?.key !== key) device = { key, version: await refineOnDevice(item, options, signal) }
  return device.version
}

async function refined(item: Item, options: JobOptions, key: string, signal: AbortSignal) {
  const base = item.jobId.peek()!
  const image = options.background?.type === 'picture' ? backgroundImage.peek() : null
  const submitted = image
    ? await submitWith(image, item, options, key, signal)
    : await submitRefinement(base, options, key, signal)
  const { id } = submitted
  const cancel = () => void deleteJob(id).catch(() => {})
  signal.addEventListener('abort', cancel)
  try {
    const job = await ended(submitted, signal)
    if (!job.result) throw new RequestError(job.error?.code ?? 'unknown', job.error?.detail ?? job.state, 0)
    return { id, outcome: job.result }
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

async function ended(job: Job, signal: AbortSignal): Promise<Job> {
  if (job.result || job.error) return job
  await followJob(job.id, () => {}, signal)
  return readJob(job.id, { signal })
}

/** The same result is not made twice, not even after a reload; but one that was canceled is. */
async function submitRefinement(base: string, options: JobOptions, key: string, signal: AbortSignal): Promise<Job> {
  for (let attempt = 0; ; attempt++) {
    const job = await refineJob(base, options, `${base}.${hashOf(key)}.${attempt}`, { signal })
    if (!['canceled', 'expired', 'deleted'].includes(job.state)) return job
  }
}

/** The server refines jobs from JSON alone, which holds no file: the image is sent again, with what goes behind it. */
async function submitWith(
  image: BackgroundImage,
  { name, source, url }: Item,
  { background, ...options }: JobOptions,
  key: string,
  signal: AbortSignal,
): Promise<Job> {
  for (let attempt = 0; ; attempt++) {
    const idempotencyKey = `${hashOf(key)}.${attempt}`
    const job = await submitJob({ name, source, url, options, background: image.file, idempotencyKey }, { signal })
    if (!['canceled', 'expired', 'deleted'].includes(job.state)) return job
  }
}

/** FNV-1a in two halves: `crypto.subtle` is missing where the page comes by plain HTTP from another machine. */
function hashOf(text: string): string {
  let [low, high] = [0x811c9dc5, 0x1b873593]
  for (let i = 0; i < text.length; i++) {
    low = Math.imul(low ^ text.charCodeAt(i), 0x01000193)
    high = Math.imul(high ^ text.charCodeAt(i), 0x85ebca6b)
  }
  return [low, high].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('')
}
