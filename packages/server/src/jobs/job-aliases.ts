// Ids under which clients of another protocol know a job: a number of ours and a name of theirs. An alias is deleted with the
// record of its job. Its table keeps its first name, `ticket`: while a cluster is upgraded, servers of the version before still
// ask for it, and dumps of records name it.

import type { Database } from '../ports/ports.ts'
import type { Owner } from './job-service.ts'

export interface JobAlias {
  /** 13 or 14 decimal digits; later aliases have greater ones. */
  readonly number: string
  /** The client's own. */
  readonly name: string
  readonly ownerId: string
  readonly jobId: string
  /** What the job was asked to work on, in the protocol's words. */
  readonly source: string
  readonly createdAt: Date
}

interface NewJobAlias {
  readonly jobId: string
  readonly name: string
  readonly source: string
}

export interface JobAliases {
  /** The one alias of a job, made where there is none. */
  issue(owner: Owner, alias: NewJobAlias): Promise<JobAlias>
  /** Those that exist and are the owner's, in no particular order. */
  find(
    owner: Owner,
    ids: { readonly numbers?: readonly string[]; readonly names?: readonly string[] },
  ): Promise<JobAlias[]>
  /** Whoever it belongs to: for callers that have another proof. */
  ofJob(jobId: string): Promise<JobAlias | null>
  /** The newest first; those below `before` where it is given. */
  list(owner: Owner, page: { readonly limit: number; readonly before?: string }): Promise<JobAlias[]>
}

interface JobAliasRow {
  readonly number: string | number
  readonly name: string
  readonly owner_id: string
  readonly job_id: string
  readonly source: string
  readonly created_at: Date
}

const COLUMNS = 'number, name, owner_id, job_id, source, created_at'
const NUMBER = /^\d{1,18}$/

export function createJobAliases(database: Database, nowMs: () => number): JobAliases {
  return {
    async issue(owner, { jobId, name, source }) {
      await database.query(
        `insert into koutu.ticket (job_id, owner_id, name, source, created_at) values ($1, $2, $3, $4, $5)
         on conflict do nothing`,
        [jobId, owner.id, name, source, new Date(nowMs())],
      )
      const [row] = await database.query<JobAliasRow>(`select ${COLUMNS} from koutu.ticket where job_id = $1`, [jobId])
      return toJobAlias(row!)
    },
    async find(owner, { numbers = [], names = [] }) {
      const rows = await database.query<JobAliasRow>(
        `select ${COLUMNS} from koutu.ticket
         where owner_id = $1 and (number = any($2::bigint[]) or name = any($3::text[]))`,
        [owner.id, numbers.filter((number) => NUMBER.test(number)), names],
      )
      return rows.map(toJobAlias)
    },
    async ofJob(jobId) {
      const [row] = await database.query<JobAliasRow>(`select ${COLUMNS} from koutu.ticket where job_id = $1`, [jobId])
      return row ? toJobAlias(row) : null
    },
    async list(owner, { limit, before }) {
      const rows = await database.query<JobAliasRow>(
        `select ${COLUMNS} from koutu.ticket where owner_id = $1 and ($2::bigint is null or number < $2)
         order by number desc limit $3`,
        [owner.id, before !== undefined && NUMBER.test(before) ? before : null, limit],
      )
      return rows.map(toJobAlias)
    },
  }
}

function toJobAlias(row: JobAliasRow): JobAlias {
  return {
    // 64 bits: the embedded database gives a number, node-postgres gives text.
    number: String(row.number),
    name: row.name,
    ownerId: row.owner_id,
    jobId: row.job_id,
    source: row.source,
    createdAt: row.created_at,
  }
}
