// Blobs as files: written under a temporary name, flushed and renamed, so that an existing file is complete.

import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import {
  copyFile,
  type FileHandle,
  link,
  mkdir,
  open,
  opendir,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
  writeFile,
} from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { Readable } from 'node:stream'
import { KoutuError, makeFolder, throwIfAborted } from '@koutu/core'
import type { BlobRef, Blobs, LocalFile, PutOptions, StoredBlob } from '../ports/ports.ts'
import { hashFile } from './hash-file.ts'
import { checkKey } from './key.ts'
import { checkBytes, isFile, limited } from './limited.ts'

/** Files begun and not ended, beside the others so that renaming never crosses a file system. */
const UNFINISHED = 'unfinished'
/** An upload takes at most so long: older unfinished files are of processes that ended. */
const UNFINISHED_AGE_MS = 3_600_000
const files = { mkdir, stat, dirname }

export interface FolderBlobs extends Blobs {
  /** Deletes what writers that were killed have left. */
  clean(nowMs: number): Promise<void>
}

export function createFolderBlobs(folder: string): FolderBlobs {
  const pathOf = (key: string) => join(folder, fanOut(checkKey(key)))

  return {
    async put(key, source, { contentType, maxBytes, signal }: PutOptions): Promise<BlobRef> {
      const target = pathOf(key)
      const unfinished = join(folder, UNFINISHED, randomUUID())
      try {
        await makeFolder(dirname(unfinished), files)
        const written = await (isFile(source)
          ? adopt(unfinished, source, maxBytes, signal)
          : write(unfinished, limited(source, maxBytes, signal)))
        await makeFolder(dirname(target), files)
        await rename(unfinished, target)
        await syncFolder(dirname(target))
        return { key, ...written, contentType }
      } catch (error) {
        await rm(unfinished, { force: true }).catch(() => {})
        throw storageError(error)
      }
    },

    async local(key) {
      const path = pathOf(key)
      const file = await open(path).catch(absentIsNull)
      if (!file) return null
      try {
        return { path, ...(await hashFile(file)) }
      } catch (error) {
        throw storageError(error)
      } finally {
        await file.close()
      }
    },

    async read(key, range) {
      if (range && range.end <= range.start) return (await exists(pathOf(key))) ? new Blob([]).stream() : null
      const file = await open(pathOf(key)).catch(absentIsNull)
      if (!file) return null
      const stream = createReadStream('', { fd: file, ...(range ? { start: range.start, end: range.end - 1 } : {}) })
      return Readable.toWeb(stream) as ReadableStream<Uint8Array>
    },

    async delete(keys) {
      for (const key of keys) {
        const path = pathOf(key)
        await unlink(path).catch(absentIsNull)
        // Folders go with their last file. A file may come in between, and then they stay.
        for (let parent = dirname(path); parent !== folder; parent = dirname(parent)) {
          if (!(await rmdir(parent).then(isDone, isNotDone))) break
        }
      }
    },

    async *list(prefix): AsyncIterable<StoredBlob> {
      for await (const path of filesIn(folder)) {
        const key = fanIn(relative(folder, path).split(sep).join('/'))
        if (key === null || !key.startsWith(prefix)) continue
        const info = await stat(path).catch(absentIsNull)
        if (info) yield { key, bytes: info.size, modifiedAtMs: info.mtimeMs }
      }
    },

    async check() {
      const probe = join(folder, UNFINISHED, randomUUID())
      try {
        await makeFolder(dirname(probe), files)
        await writeFile(probe, 'x')
        await unlink(probe)
      } catch (error) {
        throw storageError(error)
      }
    },

    async clean(nowMs) {
      for await (const path of filesIn(join(folder, UNFINISHED))) {
        const info = await stat(path).catch(absentIsNull)
        if (info && info.mtimeMs < nowMs - UNFINISHED_AGE_MS) await unlink(path).catch(absentIsNull)
      }
    },
  }
}

type Written = Pick<BlobRef, 'bytes' | 'sha256'>

async function write(path: string, chunks: AsyncIterable<Uint8Array>): Promise<Written> {
  const hash = createHash('sha256')
  let bytes = 0
  await flushed(await open(path, 'wx', 0o600), async (file) => {
    for await (const chunk of chunks) {
      hash.update(chunk)
      bytes += chunk.length
      await file.writeFile(chunk)
    }
  })
  return { bytes, sha256: hash.digest('hex') }
}

/** The same file under one more name, or a copy that the system makes where it cannot have two. */
async function adopt(
  path: string,
  { path: source }: LocalFile,
  maxBytes: number | undefined,
  signal: AbortSignal | undefined,
): Promise<Written> {
  throwIfAborted(signal)
  await link(source, path).catch(() => copyFile(source, path))
  let written: Written = { bytes: 0, sha256: '' }
  await flushed(await open(path, 'r+'), async (file) => {
    written = await hashFile(file)
  })
  checkBytes(written.bytes, maxBytes)
  throwIfAborted(signal)
  return written
}

/** Resolves when what `work` wrote is on the disk. */
async function flushed(file: FileHandle, work: (file: FileHandle) => Promise<void>): Promise<void> {
  try {
    await work(file)
    await file.sync()
  } finally {
    await file.close()
  }
}

/**
 * `jobs/<id>/input` lies in `jobs/<aa>/<bb>/<id>/input`, so that no folder has more than 256 folders above the ids.
 * The last characters of an id are random in UUIDs of version 7; the first ones are its time.
 */
function fanOut(key: string): string {
  const [top = '', id = '', ...rest] = key.split('/')
  return join(top, id.slice(-2), id.slice(-4, -2), id, ...rest)
}

function fanIn(path: string): string | null {
  const [top, , , id, ...rest] = path.split('/')
  return top === undefined || id === undefined || rest.length === 0 ? null : [top, id, ...rest].join('/')
}

async function* filesIn(folder: string): AsyncIterable<string> {
  const entries = await opendir(folder).catch(absentIsNull)
  if (!entries) return
  for await (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesIn(path)
    else yield path
  }
}

/** A rename is on the disk when its folder is. Windows cannot open folders, and does without. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder)
  await handle.sync().finally(() => handle.close())
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(absentIsNull)) !== null
}

const isDone = () => true
const isNotDone = () => false

function absentIsNull(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
  throw storageError(error)
}

function storageError(error: unknown): unknown {
  if (error instanceof KoutuError) return error
  const { code } = error as NodeJS.ErrnoException
  // The message names a path of this machine: it stays the cause.
  if (code === 'ENOSPC' || code === 'EDQUOT') return new KoutuError('STORAGE_FULL', { cause: error })
  if (code !== undefined) return new KoutuError('STORAGE_FAILED', { detail: code, cause: error })
  return error
}
