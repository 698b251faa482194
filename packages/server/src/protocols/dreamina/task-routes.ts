// Generate and what is asked about it afterwards. A task is an ordinary job; its ticket holds the ids that clients use.

import { randomUUID } from 'node:crypto'
import { KoutuError } from '@koutu/core'
import { imageByUriReply, queueReply, readCutoutDraft, taskRecordReply } from '@koutu/dreamina'
import type { AppDeps } from '../../app-deps.ts'
import type { AppContext } from '../../http/route.ts'
import { resolveClientOptions } from '../../intake/cutout-options.ts'
import { HEAD_BYTES, inspectUpload } from '../../intake/image.ts'
import { type Spooled, spool } from '../../intake/spool.ts'
import { submitPictures, whileTakingIn } from '../../intake/submit.ts'
import { isFinal } from '../../jobs/job-service.ts'
import type { Ticket } from '../../jobs/tickets.ts'
import type { AddApi } from './api-route.ts'
import { refused } from './codes.ts'
import type { PictureLinks } from './links.ts'
import { findByUri, type KnownPicture, resultOf, toRecordImage } from './pictures.ts'
import { recordFacts } from './records.ts'
import {
  EmptySchema,
  GenerateSchema,
  ImageMapSchema,
  QueueMapSchema,
  RecordListSchema,
  RecordMapSchema,
} from './schemas.ts'
import { addressOf, type Body, textsOf } from './wire.ts'

/** Ids and URIs in one request. */
const MAX_IDS = 100
const MAX_PAGE = 100
/** A UUID, where clients do as the real one's do. */
const SUBMIT_ID = /^[\x21-\x7e]{1,128}$/

export function addTasks(add: AddApi, deps: AppDeps, links: PictureLinks): void {
  const { jobs, tickets, settings, blobs } = deps

  add({
    path: '/mweb/v1/aigc_draft/generate',
    scope: 'cutouts:write',
    summary: 'Starts a cut-out',
    description: '`submit_id` is the idempotency key. Drafts of other tools are refused with ret 1002.',
    data: GenerateSchema,
    work: async (c, body) => {
      const draft = readCutoutDraft(body?.draft_content)
      if (draft.type === 'unreadable') throw refused('1002', draft.problem)
      if (draft.type === 'other-tool') throw refused('1002', 'the only tool here is cutout')
      if (draft.type === 'no-picture') throw refused('1001', 'expected the URI of a picture in init_image')
      const ticket = await start(c, submitIdOf(body), draft.imageUri)
      const [record] = await recordsOf(c, [ticket])
      if (!record) throw new KoutuError('JOB_EXPIRED')
      return { aigc_data: taskRecordReply(record) }
    },
  })

  add({
    path: '/mweb/v1/get_history_by_ids',
    scope: 'jobs:read',
    summary: 'Records by history id or submit id',
    description: 'Keyed by the ids asked with; an unknown one is absent.',
    data: RecordMapSchema,
    work: async (c, body) => byIds(c, body, taskRecordReply),
  })

  add({
    path: '/mweb/v1/get_history_queue_info',
    scope: 'jobs:read',
    summary: 'Where tasks stand in the queue',
    data: QueueMapSchema,
    work: async (c, body) => byIds(c, body, queueReply),
  })

  add({
    path: '/mweb/v1/get_history',
    scope: 'jobs:read',
    summary: 'Records, the newest first',
    data: RecordListSchema,
    async work(c, body) {
      if (body === null) throw refused('2008', 'expected at least a count')
      const count = Number(body.count ?? 20)
      const limit = Number.isInteger(count) ? Math.min(MAX_PAGE, Math.max(1, count)) : 20
      const offset = body.offset ?? body.next_offset
      const before = typeof offset === 'string' || typeof offset === 'number' ? String(offset) : '0'
      // One more than asked for tells whether there is another page.
      const page = await tickets.list(c.get('owner'), { limit: limit + 1, ...(before === '0' ? {} : { before }) })
      const shown = page.slice(0, limit)
      return {
        has_more: page.length > limit,
        next_offset: shown.at(-1)?.number ?? '0',
        records_list: (await recordsOf(c, shown)).map(taskRecordReply),
      }
    },
  })

  add({
    path: '/mweb/v1/get_image_by_uri',
    scope: 'jobs:read',
    summary: 'Fresh addresses of pictures',
    description: 'Of uploads and of results; an unknown URI is absent.',
    data: ImageMapSchema,
    async work(c, body) {
      if (!Array.isArray(body?.uris)) throw refused('1000', 'expected a list in uris')
      const { origin } = addressOf(c, deps)
      const found = new Map<string, unknown>()
      for (const uri of textsOf(body.uris, MAX_IDS)) {
        const picture = await findByUri(c.get('owner'), uri, deps)
        if (picture) found.set(uri, imageByUriReply({ ...toRecordImage(picture, origin, links, deps), uri }))
      }
      return { uri2image: Object.fromEntries(found) }
    },
  })

  // Nothing is audited here: every picture may be used, and that is what these say.
  for (const path of ['/mweb/v1/imagex/submit_audit_job', '/mweb/v1/algo_proxy']) {
    add({
      path,
      scope: 'jobs:read',
      summary: 'A check of the real service that is not made here',
      data: EmptySchema,
      work: async () => ({}),
    })
  }

  async function start(c: AppContext, submitId: string, uri: string): Promise<Ticket> {
    return whileTakingIn(deps, async () => {
      const owner = c.get('owner')
      const [known] = await tickets.find(owner, { names: [submitId] })
      if (known?.source === uri) return known
      const picture = await findByUri(owner, uri, deps)
      if (!picture) throw refused('1001', 'there is no such picture')
      await using upload = await copyOf(picture)
      const submitted = await submitPictures(c, deps, {
        pictures: [{ upload, header: inspectUpload(upload, settings.limits), fileName: null }],
        background: () => null,
        options: resolveClientOptions({ format: 'png' }, settings, false),
        fileName: null,
        isBatch: false,
        // Keys of the other protocols are names of their own.
        idempotencyKey: `dreamina ${submitId}`,
      })
      const jobId = submitted.jobs[0]?.id
      if (jobId === undefined) throw new KoutuError('JOB_EXPIRED')
      c.get('logFields').job = jobId
      return tickets.issue(owner, { jobId, name: submitId, source: uri })
    })
  }

  async function copyOf({ blob }: KnownPicture): Promise<Spooled> {
    const content = await blobs.read(blob.key)
    if (!content) throw refused('1001', 'the picture has been deleted')
    return spool(content, {
      folder: settings.spoolFolder,
      maxBytes: settings.limits.maxBytes,
      onHead: () => {},
      headBytes: HEAD_BYTES,
    })
  }

  async function byIds<T>(
    c: AppContext,
    body: Body | null,
    reply: (record: Awaited<ReturnType<typeof recordsOf>>[number]) => T,
  ): Promise<Record<string, T>> {
    const numbers = textsOf(body?.history_ids, MAX_IDS)
    const names = textsOf(body?.submit_ids, MAX_IDS)
    if (numbers.length + names.length === 0) throw refused('1000', 'expected history_ids or submit_ids')
    const records = await recordsOf(c, await tickets.find(c.get('owner'), { numbers, names }))
    const byId = new Map<string, T>()
    for (const record of records) {
      const answer = reply(record)
      if (numbers.includes(record.historyId)) byId.set(record.historyId, answer)
      if (names.includes(record.submitId)) byId.set(record.submitId, answer)
    }
    return Object.fromEntries(byId)
  }

  /** In the order of the tickets; one whose job is gone is left out. */
  async function recordsOf(c: AppContext, list: readonly Ticket[]) {
    const { origin } = addressOf(c, deps)
    const found = await Promise.all(list.map(({ jobId }) => jobs.get(c.get('owner'), jobId)))
    const isWaiting = found.some((job) => job !== null && !isFinal(job.state))
    const queueLength = isWaiting ? (await jobs.stats()).queued : 0
    return list.flatMap((ticket, i) => {
      const job = found[i]
      if (!job) return []
      const imageOf = () => {
        const picture = resultOf(job)
        return picture && toRecordImage(picture, origin, links, deps)
      }
      return [recordFacts(ticket, job, imageOf, queueLength)]
    })
  }
}

function submitIdOf(body: Body | null): string {
  const given = body?.submit_id
  if (given === undefined || given === null || given === '') return randomUUID()
  const text = String(given)
  if (!SUBMIT_ID.test(text)) throw refused('1001', 'expected 1 to 128 visible characters in submit_id')
  return text
}
