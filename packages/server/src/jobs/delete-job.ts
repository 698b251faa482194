// Deletes the images of finished jobs; their records remain. When to do so is decided by the owner or the sweeper.

import type { Blobs, Database } from '../ports/ports.ts'
import { backgroundKey, blobKeys, givenCoarseKey, inputKey } from './job-keys.ts'
import { tellServers } from './job-notifications.ts'
import { nextEventSql } from './job-row.ts'
import type { Owner } from './job-service.ts'

export interface DeleteDeps {
  readonly database: Database
  readonly blobs: Blobs
  readonly nowMs: () => number
}

export interface EndedJob {
  readonly id: string
  readonly attempts: number
}

/** Every blob of jobs that have ended. Can be repeated: a job counts as swept only once its blobs are gone. */
export async function deleteBlobs({ database, blobs }: DeleteDeps, jobs: readonly EndedJob[]): Promise<void> {
  await blobs.delete(jobs.flatMap(({ id, attempts }) => blobKeys(id, attempts)))
  await database.query('update koutu.job set is_swept = true where id = any($1::uuid[])', [jobs.map(({ id }) => id)])
}

/** The inputs of jobs that have ended. Can be repeated. */
export async function deleteInputs(
  { database, blobs }: Pick<DeleteDeps, 'database' | 'blobs'>,
  ids: readonly string[],
): Promise<void> {
  await blobs.delete(ids.flatMap((id) => [inputKey(id), backgroundKey(id), givenCoarseKey(id)]))
  await database.query('update koutu.job set is_input_deleted = true where id = any($1::uuid[])', [ids])
}

/**
 * Marks an ended job as deleted, then deletes its blobs. A job that has not ended stays as it is. Where the store does not
 * answer, the job is due for the sweeper at once. Errors: STORAGE_FAILED.
 */
export async function deleteEndedJob(deps: DeleteDeps, owner: Owner, id: string): Promise<void> {
  const now = deps.nowMs()
  const deleted = await deps.database.query(
    `update koutu.job set state = 'deleted', expires_at = $3, ${nextEventSql('$4', "'deleted'")}
     where id = $1 and owner_id = $2 and state not in ('queued', 'running', 'deleted')
     returning id`,
    [id, owner.id, new Date(now), now],
  )
  if (deleted.length > 0) tellServers(deps.database, id, 'deleted')
  const rows = await deps.database.query<EndedJob>(
    `select id, attempts from koutu.job where id = $1 and owner_id = $2 and state = 'deleted' and not is_swept`,
    [id, owner.id],
  )
  if (rows.length > 0) await deleteBlobs(deps, rows)
}
