// The routes of tasks: generate, and what is asked about a task afterwards. The work itself is in tasks.ts.

import { randomUUID } from 'node:crypto'
import { KoutuError } from '@koutu/core'
import { imageByUriReply, queueReply, readCutoutDraft, taskRecordReply } from '@koutu/dreamina'
import type { AppDeps } from '../../app-deps.ts'
import type { AddApi } from './api-route.ts'
import { refused } from './codes.ts'
import type { PictureLinks } from './links.ts'
import { findByUri, toRecordImage } from './pictures.ts'
import {
  EmptySchema,
  GenerateSchema,
  ImageMapSchema,
  QueueMapSchema,
  RecordListSchema,
  RecordMapSchema,
} from './schemas.ts'
import { MAX_IDS, recordsByIds, recordsOf, startTask, type TaskDeps } from './tasks.ts'
import { addressOf, type Body, textsOf } from './wire.ts'

const MAX_PAGE = 100
/** A UUID, where clients do as the real one's do. */
const SUBMIT_ID = /^[\x21-\x7e]{1,128}$/

export function addTasks(add: AddApi, deps: AppDeps, links: PictureLinks): void {
  const tasks: TaskDeps = { deps, links }

  add({
    path: '/mweb/v1/aigc_draft/generate',
    scope: 'cutouts:write',
    summary: 'start a cutout',
    description: '`submit_id` is the idempotency key. Drafts of other tools are rejected with ret 1002.',
    data: GenerateSchema,
    work: async (c, body) => {
      const draft = readCutoutDraft(body?.draft_content)
      if (draft.type === 'unreadable') throw refused('1002', draft.problem)
      if (draft.type === 'other-tool') throw refused('1002', 'the only tool here is cutout')
      if (draft.type === 'no-picture') throw refused('1001', 'expected the URI of an image in init_image')
      const alias = await startTask(tasks, c, submitIdOf(body), draft.imageUri)
      const [record] = await recordsOf(tasks, c, [alias])
      if (!record) throw new KoutuError('JOB_EXPIRED')
      return { aigc_data: taskRecordReply(record) }
    },
  })

  add({
    path: '/mweb/v1/get_history_by_ids',
    scope: 'jobs:read',
    summary: 'get records by history id or submit id',
    description: 'Keyed by the requested ids. Unknown ids are absent.',
    data: RecordMapSchema,
    work: async (c, body) => recordsByIds(tasks, c, body, taskRecordReply),
  })

  add({
    path: '/mweb/v1/get_history_queue_info',
    scope: 'jobs:read',
    summary: 'get queue positions of tasks',
    data: QueueMapSchema,
    work: async (c, body) => recordsByIds(tasks, c, body, queueReply),
  })
  addHistory(add, tasks)
  addImages(add, tasks)
  addAudits(add)
}

function addHistory(add: AddApi, tasks: TaskDeps): void {
  add({
    path: '/mweb/v1/get_history',
    scope: 'jobs:read',
    summary: 'list records, newest first',
    data: RecordListSchema,
    async work(c, body) {
      if (body === null) throw refused('2008', 'expected at least a count')
      const count = Number(body.count ?? 20)
      const limit = Number.isInteger(count) ? Math.min(MAX_PAGE, Math.max(1, count)) : 20
      const offset = body.offset ?? body.next_offset
      const before = typeof offset === 'string' || typeof offset === 'number' ? String(offset) : '0'
      // One row more than requested shows whether there is another page.
      const page = await tasks.deps.aliases.list(c.get('owner'), {
        limit: limit + 1,
        ...(before === '0' ? {} : { before }),
      })
      const shown = page.slice(0, limit)
      return {
        has_more: page.length > limit,
        next_offset: shown.at(-1)?.number ?? '0',
        records_list: (await recordsOf(tasks, c, shown)).map(taskRecordReply),
      }
    },
  })
}

function addImages(add: AddApi, { deps, links }: TaskDeps): void {
  add({
    path: '/mweb/v1/get_image_by_uri',
    scope: 'jobs:read',
    summary: 'get new URLs of images',
    description: 'For uploads and results. Unknown URIs are absent.',
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
}

function addAudits(add: AddApi): void {
  // Nothing is audited here: every image may be used, and that is what these say.
  for (const path of ['/mweb/v1/imagex/submit_audit_job', '/mweb/v1/algo_proxy']) {
    add({
      path,
      scope: 'jobs:read',
      summary: 'content check; always passes',
      data: EmptySchema,
      work: async () => ({}),
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
