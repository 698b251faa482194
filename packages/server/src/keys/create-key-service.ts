// API keys in the database. A secret has 256 random bits, so a plain hash is safe and can be looked up.

import { createHash, randomBytes } from 'node:crypto'
import { NO_JOURNAL, type RecordJournal } from '../db/record-journal.ts'
import type { Secret } from '../db/secrets.ts'
import { webhookSecret } from '../jobs/webhooks.ts'
import type { Database } from '../ports/ports.ts'
import { type ApiKey, type KeyService, SCOPES, type Scope } from './key-service.ts'

interface KeyRow {
  readonly id: string
  readonly name: string
  readonly scopes: Scope[]
  readonly rate_per_minute: number | null
  readonly max_concurrent: number | null
  readonly created_at: Date
  readonly revoked_at: Date | null
}

const COLUMNS = 'id, name, scopes, rate_per_minute, max_concurrent, created_at, revoked_at'
/** `koutu_<id>_<secret>`: a shape that secret scanners can know, with the id to find the row by. */
const SECRET = /^koutu_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/

export function createKeyService(
  database: Database,
  secret: Secret,
  nowMs: () => number,
  journal: RecordJournal = NO_JOURNAL,
): KeyService {
  const note = (rows: readonly { readonly record: object }[]) =>
    journal.append(rows.map(({ record }) => ({ table: 'api_key', row: record })))
  return {
    async create({ name, scopes = SCOPES, ratePerMinute = null, maxConcurrent = null }) {
      const id = randomBytes(6).toString('hex')
      const keySecret = `koutu_${id}_${randomBytes(32).toString('base64url')}`
      const rows = await database.query<KeyRow & { record: object }>(
        `insert into koutu.api_key (id, name, hash, scopes, rate_per_minute, max_concurrent, created_at)
         values ($1, $2, $3, $4::jsonb, $5, $6, $7) returning ${COLUMNS}, to_jsonb(api_key.*) as record`,
        [id, name, hashOf(keySecret), JSON.stringify(scopes), ratePerMinute, maxConcurrent, new Date(nowMs())],
      )
      await note(rows)
      return { key: toKey(rows[0]!), secret: keySecret, webhookSecret: webhookSecret(secret, id) }
    },
    async list() {
      const rows = await database.query<KeyRow>(`select ${COLUMNS} from koutu.api_key order by created_at, id`)
      return rows.map(toKey)
    },
    async revoke(id) {
      const rows = await database.query<{ record: object }>(
        'update koutu.api_key set revoked_at = $2 where id = $1 and revoked_at is null returning to_jsonb(api_key.*) as record',
        [id, new Date(nowMs())],
      )
      await note(rows)
      return rows.length > 0
    },
    async webhookSecret(ownerId) {
      return webhookSecret(secret, ownerId)
    },
    async authenticate(given) {
      const id = SECRET.exec(given)?.[1]
      if (id === undefined) return null
      const [row] = await database.query<KeyRow>(
        `select ${COLUMNS} from koutu.api_key where id = $1 and hash = $2 and revoked_at is null`,
        [id, hashOf(given)],
      )
      return row ? toKey(row) : null
    },
    async find(id) {
      const [row] = await database.query<KeyRow>(
        `select ${COLUMNS} from koutu.api_key where id = $1 and revoked_at is null`,
        [id],
      )
      return row ? toKey(row) : null
    },
  }
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

function toKey(row: KeyRow): ApiKey {
  return {
    id: row.id,
    name: row.name,
    scopes: row.scopes,
    ratePerMinute: row.rate_per_minute,
    maxConcurrent: row.max_concurrent,
    createdAt: row.created_at,
    revokedAt: row.revoked_at,
  }
}
