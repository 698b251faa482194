// Compares the records of jobs with the blobs in the store: what a job needs has to be there, in the size that was written.

import type { BlobRef, Blobs, Sql } from '../ports/ports.ts'
import { BLOB_PREFIX, jobIdOf } from './job-keys.ts'
import type { JobRow } from './job-row.ts'
import { isFinal } from './job-service.ts'

const STEP = 500
const NO_ID = '00000000-0000-0000-0000-000000000000'

export interface RecordCheck {
  readonly jobs: number
  readonly blobs: number
  /** Unfinished jobs whose input is missing or of another size: they will fail. */
  readonly withoutInput: readonly string[]
  /** Jobs that succeeded whose result is missing or of another size. */
  readonly withoutResult: readonly string[]
  /** Blobs of no job. */
  readonly orphans: number
}

type CheckedRow = Pick<JobRow, 'id' | 'state' | 'input' | 'background' | 'coarse' | 'result' | 'is_swept'>

/** Reads all records and the names of all blobs, and no blob. Errors: STORAGE_FAILED, DATABASE_UNAVAILABLE. */
export async function checkRecords(sql: Sql, blobs: Pick<Blobs, 'list'>): Promise<RecordCheck> {
  const sizes = new Map<string, number>()
  for await (const { key, bytes } of blobs.list(BLOB_PREFIX)) sizes.set(key, bytes)
  const isWhole = ({ key, bytes }: BlobRef) => sizes.get(key) === bytes
  const [withoutInput, withoutResult]: [string[], string[]] = [[], []]
  const kept = new Set<string>()
  let jobs = 0
  for (let last = NO_ID; ; ) {
    const rows = await sql.query<CheckedRow>(`select * from koutu.job where id > $1 order by id limit ${STEP}`, [last])
    for (const { id, state, input, background, coarse, result, is_swept: isSwept } of rows) {
      if (!isSwept) kept.add(id)
      const inputs = [input, background, coarse?.blob]
      if (!isFinal(state) && !inputs.every((blob) => !blob || isWhole(blob))) withoutInput.push(id)
      if (state === 'succeeded' && result && !isWhole(result.blob)) withoutResult.push(id)
    }
    jobs += rows.length
    last = rows.at(-1)?.id ?? last
    if (rows.length < STEP) break
  }
  const orphans = [...sizes.keys()].filter((key) => !kept.has(jobIdOf(key) ?? '')).length
  return { jobs, blobs: sizes.size, withoutInput, withoutResult, orphans }
}
