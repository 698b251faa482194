// Runs an ended job again, from the input that is still kept: for one that failed, and for one whose result was damaged.

import { isKoutuError, KoutuError } from '@koutu/core'
import type { Blobs } from '../ports/ports.ts'
import { rankOf } from './fair-order.ts'
import { tellQueued, tellServers } from './job-notifications.ts'
import { findRow, type JobRow, nextEventSql } from './job-row.ts'
import { isFinal, type Owner, type SubmitRequest } from './job-service.ts'
import { verifyBlob } from './read-blob.ts'
import { checkLimits, type SubmitDeps } from './submit-jobs.ts'

/** See `JobService.retry`. Of several calls at once, one has an effect. */
export async function retryJob(
  deps: SubmitDeps,
  owner: Owner,
  id: string,
  { maxUnfinished }: Pick<SubmitRequest, 'maxUnfinished'>,
): Promise<void> {
  const row = await findRow(deps.database, owner, id)
  if (!row || !isFinal(row.state) || (await hasGoodResult(deps.blobs, row))) return
  await checkInput(deps, row)
  const { priority } = row
  const isQueued = await deps.database.transaction(async (sql) => {
    const { turn } = await checkLimits(deps, sql, owner, { count: 1, priority, maxUnfinished })
    const now = deps.nowMs()
    // Once it is due, the sweeper may be deleting its input.
    const requeued = await sql.query(
      `update koutu.job set state = 'queued', turn = $4, progress = 0, failures = 0, lapses = 0, is_alone = false,
         held_up_at = null, result = null, error = null, started_at = null, ended_at = null, expires_at = null,
         ${nextEventSql('$5', "'queued'")}
       where id = $1 and state = $2 and attempts = $3 and expires_at > $6
       returning id`,
      [id, row.state, row.attempts, turn, now, new Date(now)],
    )
    if (requeued.length > 0) await deps.queue.add(sql, [{ id, rank: rankOf(priority, turn) }])
    return requeued.length > 0
  })
  if (!isQueued) return
  tellServers(deps.database, id, 'queued')
  tellQueued(deps.database, id)
}

async function hasGoodResult(blobs: Blobs, { state, result }: JobRow): Promise<boolean> {
  if (state !== 'succeeded' || !result) return false
  try {
    return await verifyBlob(blobs, result.blob)
  } catch (error) {
    if (isKoutuError(error) && error.code === 'BLOB_DAMAGED') return false
    throw error
  }
}

/** Errors: JOB_EXPIRED, INPUT_NOT_FOUND, BLOB_DAMAGED. */
async function checkInput({ blobs, nowMs }: SubmitDeps, row: JobRow): Promise<void> {
  const isDue = row.expires_at !== null && row.expires_at.getTime() <= nowMs()
  if (row.state === 'expired' || row.state === 'deleted' || row.is_swept || isDue) throw new KoutuError('JOB_EXPIRED')
  if (row.is_input_transient)
    throw new KoutuError('INPUT_NOT_FOUND', { detail: 'the server deletes inputs as soon as their job has ended' })
  for (const input of [row.input, row.background, row.coarse?.blob]) {
    if (input && !(await verifyBlob(blobs, input)))
      throw new KoutuError('INPUT_NOT_FOUND', { detail: 'the image is no longer in the storage' })
  }
}
