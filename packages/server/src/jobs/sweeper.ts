// Deletes what has expired: the blobs of finished jobs, later their records, unused uploads, and blobs of no job. Returns jobs
// to the queue that it has lost. Every machine may run it: each step is idempotent, and the long one is claimed.

import { PICTURE_PREFIX, pictureIdOf } from '../pictures/picture-keys.ts'
import type { BlobRef, Blobs, Database, Logger } from '../ports/ports.ts'
import { deleteBlobs, deleteInputs, type EndedJob } from './delete-job.ts'
import { BLOB_PREFIX, jobIdOf } from './job-keys.ts'

export interface SweeperDeps {
  readonly database: Database
  readonly blobs: Blobs
  readonly restoreLost: () => Promise<number>
  readonly nowMs: () => number
  /** How long the record of a job outlives its images. */
  readonly recordRetentionMs: number
  readonly logger: Logger
}

interface Swept {
  readonly expired: number
  readonly inputs: number
  readonly forgotten: number
  readonly pictures: number
  readonly orphans: number
  readonly restored: number
}

export interface Sweeper {
  sweep(signal?: AbortSignal): Promise<Swept>
}

const STEP = 200
/** What looks at everything there is, is done so often. */
const THOROUGH_EVERY_MS = 3_600_000
/** An upload becomes a job within this time, or never. */
const ORPHAN_AGE_MS = 6 * 3_600_000

export function createSweeper(deps: SweeperDeps): Sweeper {
  return new StoreSweeper(deps)
}

class StoreSweeper implements Sweeper {
  readonly #deps: SweeperDeps

  constructor(deps: SweeperDeps) {
    this.#deps = deps
  }

  async sweep(signal?: AbortSignal): Promise<Swept> {
    const expired = await untilDone(() => this.#expire(), signal)
    const inputs = await untilDone(() => this.#deleteTransientInputs(), signal)
    const forgotten = await untilDone(() => this.#forget(), signal)
    const pictures = await untilDone(() => this.#deletePictures(), signal)
    const thorough = await this.#isThorough()
    const orphans = thorough
      ? (await this.#deleteOrphans(BLOB_PREFIX, jobIdOf, (ids) => this.#knownJobs(ids), signal)) +
        (await this.#deleteOrphans(PICTURE_PREFIX, pictureIdOf, (ids) => this.#knownPictures(ids), signal))
      : 0
    const restored = thorough ? await this.#deps.restoreLost() : 0
    const swept = { expired, inputs, forgotten, pictures, orphans, restored }
    if (expired + inputs + forgotten + pictures + orphans + restored > 0) this.#deps.logger.info(swept, 'swept')
    return swept
  }

  /** The record changes before the blobs are deleted, so that no record promises a missing blob. */
  async #expire(): Promise<number> {
    const { database, blobs, nowMs } = this.#deps
    const rows = await database.query<EndedJob>(
      `update koutu.job set state = case when state = 'succeeded' then 'expired' else state end,
         events = case when state = 'succeeded' then events || jsonb_build_object('id', event_id + 1, 'atMs', $1::float8, 'state', 'expired') else events end,
         event_id = event_id + case when state = 'succeeded' then 1 else 0 end
       where id in (select id from koutu.job where not is_swept and expires_at <= $2 order by expires_at limit $3)
       returning id, attempts`,
      [nowMs(), new Date(nowMs()), STEP],
    )
    if (rows.length === 0) return 0
    await deleteBlobs({ database, blobs, nowMs }, rows)
    return rows.length
  }

  /** Of canceled jobs, and what workers could not delete. */
  async #deleteTransientInputs(): Promise<number> {
    const { database, blobs } = this.#deps
    const rows = await database.query<{ id: string }>(
      `select id from koutu.job where is_input_transient and not is_input_deleted and ended_at is not null
       order by ended_at limit $1`,
      [STEP],
    )
    if (rows.length > 0)
      await deleteInputs(
        { database, blobs },
        rows.map(({ id }) => id),
      )
    return rows.length
  }

  async #forget(): Promise<number> {
    const { database, nowMs, recordRetentionMs } = this.#deps
    const before = new Date(nowMs() - recordRetentionMs)
    const rows = await database.query(
      `delete from koutu.job where id in (
         select id from koutu.job where is_swept and ended_at <= $1 order by ended_at limit $2) returning id`,
      [before, STEP],
    )
    await database.query(
      `delete from koutu.submission s where created_at <= $1
       and not exists (select from koutu.job where submission_id = s.id)`,
      [before],
    )
    return rows.length
  }

  /** The row goes last: until then another sweep finds the blob by it. */
  async #deletePictures(): Promise<number> {
    const { database, blobs, nowMs } = this.#deps
    const rows = await database.query<{ id: string; blob: BlobRef }>(
      'select id, blob from koutu.picture where expires_at <= $1 order by expires_at limit $2',
      [new Date(nowMs()), STEP],
    )
    if (rows.length === 0) return 0
    await blobs.delete(rows.map(({ blob }) => blob.key))
    await database.query('delete from koutu.picture where id = any($1::uuid[])', [rows.map(({ id }) => id)])
    return rows.length
  }

  async #knownJobs(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const { database } = this.#deps
    const rows = await database.query<{ id: string }>(
      'select id from koutu.job where id = any($1::uuid[]) and not is_swept',
      [ids],
    )
    return new Set(rows.map(({ id }) => id))
  }

  async #knownPictures(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const { database } = this.#deps
    const rows = await database.query<{ id: string }>('select id from koutu.picture where id = any($1::uuid[])', [ids])
    return new Set(rows.map(({ id }) => id))
  }

  /** True for one machine, once in a while. */
  async #isThorough(): Promise<boolean> {
    const { database, nowMs } = this.#deps
    const now = nowMs()
    const claimed = await database.query(
      `insert into koutu.setting (name, value) values ('swept_at', $1)
       on conflict (name) do update set value = excluded.value
       where koutu.setting.value::float8 <= $2 or koutu.setting.value::float8 > $3 returning name`,
      // A time to come is that of a clock that has been set back since.
      [String(now), now - THOROUGH_EVERY_MS, now],
    )
    return claimed.length > 0
  }

  /** Uploads whose request never came to an end. */
  async #deleteOrphans(
    prefix: string,
    idOf: (key: string) => string | null,
    findKnown: (ids: readonly string[]) => Promise<ReadonlySet<string>>,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    const { blobs, nowMs } = this.#deps
    const now = nowMs()
    let deleted = 0
    let keys: string[] = []
    const flush = async () => {
      const kept = await findKnown([...new Set(keys.map(idOf).filter((id) => id !== null))])
      const orphans = keys.filter((key) => !kept.has(idOf(key) ?? ''))
      if (orphans.length > 0) await blobs.delete(orphans)
      deleted += orphans.length
      keys = []
    }
    for await (const { key, modifiedAtMs } of blobs.list(prefix)) {
      if (signal?.aborted) break
      if (modifiedAtMs > now - ORPHAN_AGE_MS) continue
      keys.push(key)
      if (keys.length >= STEP) await flush()
    }
    if (keys.length > 0) await flush()
    return deleted
  }
}

async function untilDone(step: () => Promise<number>, signal: AbortSignal | undefined): Promise<number> {
  let total = 0
  for (let count = STEP; count === STEP && !signal?.aborted; total += count) count = await step()
  return total
}
