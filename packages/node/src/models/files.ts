// Files of the cache: written under a temporary name, flushed, renamed; each with a small JSON record beside it that
// says what it should be. It knows hashes and names, no models.

import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isKoutuError, KoutuError, makeFolder, throwIfAborted } from '@koutu/core'
import { isAbandoned, processTag } from './process-tag.ts'

export interface FileFacts {
  readonly bytes: number
  readonly sha256: string
}

/** Kept in `<file>.json`. Size and time let a changed file be noticed without hashing it. */
export interface FileRecord extends FileFacts {
  readonly mtimeMs: number
}

/** Small enough that hashing one piece does not hold up the event loop. */
const READ_BYTES = 2 ** 18
const TEMPORARY = '.tmp'

/** Size and sha256 of a file, read in pieces; `onBytes` hears how far it got. */
export async function hashFile(
  path: string,
  { signal, onBytes }: { signal?: AbortSignal | undefined; onBytes?: (done: number, total: number) => void } = {},
): Promise<FileFacts> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const hash = createHash('sha256')
    let bytes = 0
    for await (const piece of file.createReadStream({ highWaterMark: READ_BYTES, autoClose: false })) {
      throwIfAborted(signal)
      hash.update(piece as Uint8Array)
      bytes += (piece as Uint8Array).length
      onBytes?.(bytes, size)
    }
    return { bytes, sha256: hash.digest('hex') }
  } finally {
    await file.close()
  }
}

/**
 * Writes a file atomically. `accept` may throw to refuse what was written; the target is then
 * untouched. Two writers of the same target are safe: the last rename wins with equal bytes.
 */
export async function writeAtomic(
  path: string,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  accept: (facts: FileFacts) => void = () => {},
): Promise<FileFacts> {
  await intoCache(path, async () => {
    await makeFolder(dirname(path), { mkdir, stat, dirname })
    await sweep(path)
  })
  const temporary = `${path}.${processTag()}${TEMPORARY}`
  const file = await intoCache(path, () => open(temporary, 'wx'))
  try {
    const hash = createHash('sha256')
    let bytes = 0
    try {
      for await (const piece of pieces) {
        hash.update(piece)
        bytes += piece.length
        await intoCache(path, () => writeAll(file, piece))
      }
      await intoCache(path, () => file.sync())
    } finally {
      await file.close()
    }
    const facts = { bytes, sha256: hash.digest('hex') }
    accept(facts)
    await intoCache(path, () => moveInto(temporary, path))
    return facts
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** A file handle writes what it can; this writes all. */
export async function writeAll(
  file: { write(data: Uint8Array, offset: number): Promise<{ bytesWritten: number }> },
  data: Uint8Array,
): Promise<void> {
  for (let at = 0; at < data.length; ) at += (await file.write(data, at)).bytesWritten
}

/** Renames and makes the new name durable where the system can. */
export async function moveInto(from: string, to: string): Promise<void> {
  await rename(from, to)
  // Windows cannot flush folders.
  const folder = await open(dirname(to)).catch(() => null)
  await folder?.sync().catch(() => {})
  await folder?.close()
}

/** Removes temporary files of this target that ended processes left. */
async function sweep(path: string): Promise<void> {
  const prefix = `${basename(path)}.`
  for (const name of await readdir(dirname(path))) {
    if (!name.startsWith(prefix) || !name.endsWith(TEMPORARY)) continue
    if (isAbandoned(name.slice(prefix.length, -TEMPORARY.length))) await rm(join(dirname(path), name), { force: true })
  }
}

/** Writes the record of a file that is as `facts` say. */
export async function writeRecord(path: string, facts: FileFacts): Promise<void> {
  const { mtimeMs } = await stat(path)
  const record: FileRecord = { bytes: facts.bytes, sha256: facts.sha256, mtimeMs }
  await writeAtomic(recordPath(path), [Buffer.from(`${JSON.stringify(record)}\n`)])
}

/** The record of a file, or null where there is none that can be read. */
export async function readRecord(path: string): Promise<FileRecord | null> {
  try {
    const { bytes, sha256, mtimeMs } = JSON.parse(await readFile(recordPath(path), 'utf8')) as Partial<FileRecord>
    if (typeof bytes !== 'number' || typeof mtimeMs !== 'number') return null
    return typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256) ? { bytes, sha256, mtimeMs } : null
  } catch {
    return null
  }
}

export function recordPath(path: string): string {
  return `${path}.json`
}

export type FileState =
  | { readonly state: 'absent' }
  | { readonly state: 'ok'; readonly sha256: string; readonly bytes: number }
  | { readonly state: 'damaged'; readonly expected: string | null; readonly actual: string }

/**
 * Whether a cached file is what it should be. Size and time as recorded are enough unless `full`; anything else is
 * hashed. Without an expected hash the recorded one counts.
 */
export async function checkFile(
  path: string,
  expected: string | null,
  options: { full?: boolean; signal?: AbortSignal | undefined; onBytes?: (done: number, total: number) => void } = {},
): Promise<FileState> {
  const status = await stat(path).catch(() => null)
  if (!status?.isFile()) return { state: 'absent' }
  const record = await readRecord(path)
  const wanted = expected ?? record?.sha256 ?? null
  const isUnchanged = record?.bytes === status.size && record.mtimeMs === status.mtimeMs && record.sha256 === wanted
  if (isUnchanged && !options.full) return { state: 'ok', sha256: record.sha256, bytes: status.size }
  const facts = await hashFile(path, options)
  if (facts.sha256 !== wanted) return { state: 'damaged', expected: wanted, actual: facts.sha256 }
  if (!isUnchanged) await writeRecord(path, facts)
  return { state: 'ok', ...facts }
}

const UNWRITABLE: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  EFBIG: 'the file system does not allow a file this large',
  ENOTDIR: 'a file exists where a folder is expected',
  EEXIST: 'a file exists where a folder is expected',
}

/** Runs a write to the cache; a fault of the disk becomes CACHE_UNWRITABLE. */
export async function intoCache<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    const reason = UNWRITABLE[(error as NodeJS.ErrnoException).code ?? '']
    if (isKoutuError(error) || reason === undefined) throw error
    throw new KoutuError('CACHE_UNWRITABLE', {
      detail: `${reason} in ${dirname(path)}; set KOUTU_CACHE_DIR to a folder that can be written`,
      cause: error,
    })
  }
}
