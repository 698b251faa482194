// Tasks: jobs with an alias that holds the ids of the client.

import { KoutuError } from '@koutu/core'
import type { RecordFacts } from '@koutu/dreamina'
import type { AppDeps } from '../../app-deps.ts'
import type { AppContext } from '../../http/route.ts'
import { resolveClientOptions } from '../../intake/cutout-options.ts'
import { HEAD_BYTES, inspectUpload } from '../../intake/image.ts'
import { type Spooled, spool } from '../../intake/spool.ts'
import { submitPictures, whileTakingIn } from '../../intake/submit.ts'
import type { JobAlias } from '../../jobs/job-aliases.ts'
import { isFinal } from '../../jobs/job-service.ts'
import { readBlob } from '../../jobs/read-blob.ts'
import { refused } from './codes.ts'
import type { PictureLinks } from './links.ts'
import { findByUri, type KnownPicture, resultOf, toRecordImage } from './pictures.ts'
import { recordFacts } from './records.ts'
import { addressOf, type Body, textsOf } from './wire.ts'

/** Ids and URIs in one request. */
export const MAX_IDS = 100

export interface TaskDeps {
  readonly deps: AppDeps
  readonly links: PictureLinks
}

export async function startTask({ deps }: TaskDeps, c: AppContext, submitId: string, uri: string): Promise<JobAlias> {
  return whileTakingIn(deps, async () => {
    const { aliases, settings } = deps
    const owner = c.get('owner')
    const [known] = await aliases.find(owner, { names: [submitId] })
    if (known?.source === uri) return known
    const picture = await findByUri(owner, uri, deps)
    if (!picture) throw refused('1001', 'no such image')
    await using upload = await copyOf(deps, picture)
    const submitted = await submitPictures(c, deps, {
      pictures: [{ upload, header: inspectUpload(upload, settings.limits), fileName: null }],
      background: () => null,
      options: resolveClientOptions({ format: 'png' }, settings, false),
      fileName: null,
      isBatch: false,
      isAwaited: false,
      // Keys of the other protocols are names of their own.
      idempotencyKey: `dreamina ${submitId}`,
    })
    const jobId = submitted.jobs[0]?.id
    if (jobId === undefined) throw new KoutuError('JOB_EXPIRED')
    c.get('logFields').job = jobId
    return aliases.issue(owner, { jobId, name: submitId, source: uri })
  })
}

async function copyOf({ blobs, settings, memory }: AppDeps, { blob }: KnownPicture): Promise<Spooled> {
  const content = await readBlob(blobs, blob)
  if (!content) throw refused('1001', 'the image has been deleted')
  return spool(content, {
    folder: settings.spoolFolder,
    maxBytes: settings.limits.maxBytes,
    onHead: () => {},
    headBytes: HEAD_BYTES,
    memory,
  })
}

/** What `reply` makes of the records asked for, keyed by the ids asked with. */
export async function recordsByIds<T>(
  task: TaskDeps,
  c: AppContext,
  body: Body | null,
  reply: (record: RecordFacts) => T,
): Promise<Record<string, T>> {
  const numbers = textsOf(body?.history_ids, MAX_IDS)
  const names = textsOf(body?.submit_ids, MAX_IDS)
  if (numbers.length + names.length === 0) throw refused('1000', 'expected history_ids or submit_ids')
  const records = await recordsOf(task, c, await task.deps.aliases.find(c.get('owner'), { numbers, names }))
  const byId = new Map<string, T>()
  for (const record of records) {
    const answer = reply(record)
    if (numbers.includes(record.historyId)) byId.set(record.historyId, answer)
    if (names.includes(record.submitId)) byId.set(record.submitId, answer)
  }
  return Object.fromEntries(byId)
}

/** In the order of the aliases; one whose job is gone is left out. */
export async function recordsOf(
  { deps, links }: TaskDeps,
  c: AppContext,
  list: readonly JobAlias[],
): Promise<RecordFacts[]> {
  const { jobs } = deps
  const { origin } = addressOf(c, deps)
  const found = await Promise.all(list.map(({ jobId }) => jobs.get(c.get('owner'), jobId)))
  const isWaiting = found.some((job) => job !== null && !isFinal(job.state))
  const queueLength = isWaiting ? (await jobs.stats()).queued : 0
  return list.flatMap((alias, i) => {
    const job = found[i]
    if (!job) return []
    const imageOf = () => {
      const picture = resultOf(job)
      return picture && toRecordImage(picture, origin, links, deps)
    }
    return [recordFacts(alias, job, imageOf, queueLength)]
  })
}
