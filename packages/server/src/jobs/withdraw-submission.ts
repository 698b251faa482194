// Takes a request back by its idempotency key, also one that is still on its way: who loses the answer to an upload knows no job.

import { randomUUID } from 'node:crypto'
import type { RecordJournal } from '../db/record-journal.ts'
import type { Database } from '../ports/ports.ts'
import type { Owner } from './job-service.ts'

interface WithdrawDeps {
  readonly database: Database
  readonly journal: RecordJournal
  readonly nowMs: () => number
}

/** In place of a fingerprint: what comes with this key is refused. */
export const WITHDRAWN = 'withdrawn'

/**
 * The jobs that were submitted with `key`, in their order. Where there are none, the key is used up. The unique index decides
 * between this and a submission at the same moment: one waits for the other, and finds what it left.
 */
export async function withdrawSubmission(deps: WithdrawDeps, owner: Owner, key: string): Promise<readonly string[]> {
  const [claimed] = await deps.database.query<{ record: object }>(
    `insert into koutu.submission (id, owner_id, is_batch, idempotency_key, fingerprint, webhook_url, created_at)
     values ($1, $2, false, $3, $4, null, $5) on conflict (owner_id, idempotency_key) do nothing
     returning to_jsonb(submission.*) as record`,
    [randomUUID(), owner.id, key, WITHDRAWN, new Date(deps.nowMs())],
  )
  if (claimed) {
    await deps.journal.append([{ table: 'submission', row: claimed.record }])
    return []
  }
  const rows = await deps.database.query<{ id: string }>(
    `select job.id from koutu.job join koutu.submission on submission.id = job.submission_id
     where submission.owner_id = $1 and submission.idempotency_key = $2 order by job.position`,
    [owner.id, key],
  )
  return rows.map(({ id }) => id)
}
