// Uploaded images in the database, their bytes in the store of blobs.

import type { Blobs, Database } from '../ports/ports.ts'
import type { Pictures, StoredPicture } from './picture-service.ts'

export interface PicturesDeps {
  readonly database: Database
  readonly blobs: Blobs
  readonly nowMs: () => number
  /** How long an upload is kept, used or not. */
  readonly retentionMs: number
}

interface PictureRow {
  readonly id: string
  readonly owner_id: string
  readonly blob: StoredPicture['blob']
  readonly header: StoredPicture['header']
  readonly md5: string
}

const COLUMNS = 'id, owner_id, blob, header, md5'

export function createPictures({ database, blobs, nowMs, retentionMs }: PicturesDeps): Pictures {
  const find = async (id: string, ownerId: string | null): Promise<StoredPicture | null> => {
    const [row] = await database.query<PictureRow>(
      `select ${COLUMNS} from koutu.picture
       where id = $1 and is_committed and expires_at > $2 and ($3::text is null or owner_id = $3)`,
      [id, new Date(nowMs()), ownerId],
    )
    return row ? toPicture(row) : null
  }
  return {
    async has(id) {
      return (await database.query('select id from koutu.picture where id = $1', [id])).length > 0
    },
    async add({ id, ownerId, blob, header, md5 }) {
      const rows = await database.query(
        `insert into koutu.picture (id, owner_id, blob, header, md5, expires_at)
         values ($1, $2, $3::jsonb, $4::jsonb, $5, $6) on conflict (id) do nothing returning id`,
        [id, ownerId, JSON.stringify(blob), JSON.stringify(header), md5, new Date(nowMs() + retentionMs)],
      )
      if (rows.length === 0) await blobs.delete([blob.key])
      return rows.length > 0
    },
    async commit(owner, id) {
      const [row] = await database.query<PictureRow>(
        `update koutu.picture set is_committed = true
         where id = $1 and owner_id = $2 and not is_committed and expires_at > $3 returning ${COLUMNS}`,
        [id, owner.id, new Date(nowMs())],
      )
      return row ? toPicture(row) : null
    },
    get: (owner, id) => find(id, owner.id),
    find: (id) => find(id, null),
  }
}

function toPicture({ id, owner_id: ownerId, blob, header, md5 }: PictureRow): StoredPicture {
  return { id, ownerId, blob, header, md5 }
}
