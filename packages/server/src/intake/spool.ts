// Bytes that come in, counted as they arrive: few stay in memory while there is room for them, the others go to a file that
// is deleted afterwards.
// A spooled upload can be looked at anywhere without being read whole. Knows nothing of pictures.

import { randomUUID } from 'node:crypto'
import { closeSync, createReadStream, openSync, readSync } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type ByteSource, KoutuError, makeFolder } from '@koutu/core'
import type { MemoryBudget } from '../limits/memory-budget.ts'
import { type Content, MAX_CONTENT_BYTES } from '../ports/ports.ts'
import { Chunks } from './chunks.ts'

export interface Spooled extends AsyncDisposable {
  readonly bytes: number
  /** For headers: synchronous, in pages, in memory only as far as asked for. */
  look<T>(work: (source: ByteSource) => T): T
  content(): Content
}

export interface SpoolOptions {
  /** Created where it is missing. Files in it are complete, or left by a crash. */
  readonly folder: string
  readonly maxBytes: number
  /** Called once with the first bytes, as soon as `headBytes` or all have come; throwing ends the upload. */
  readonly onHead: (head: Uint8Array) => void
  readonly headBytes: number
  /** Where it has no room, bytes go to the disk; nothing waits for it. */
  readonly memory: Pick<MemoryBudget, 'tryAcquire'>
}

const PAGE_BYTES = 2 ** 16
/** Of files that no process needs any more. */
const LEFT_AGE_MS = 3_600_000
/** Written at once to a file. */
const PIECE_BYTES = 2 ** 18

/** Errors: IMAGE_TOO_MANY_BYTES as soon as one byte too many has arrived, STORAGE_FULL, STORAGE_FAILED, what `onHead` throws. */
export async function spool(stream: AsyncIterable<Uint8Array>, options: SpoolOptions): Promise<Spooled> {
  const { maxBytes, onHead, headBytes, memory } = options
  let release = memory.tryAcquire(MAX_CONTENT_BYTES)
  const held = new Chunks()
  let bytes = 0
  let headSeen = false
  let file: SpoolFile | null = null
  try {
    for await (const piece of stream) {
      bytes += piece.length
      if (bytes > maxBytes) throw tooManyBytes(maxBytes)
      held.add(piece)
      if (!headSeen && bytes >= headBytes) {
        headSeen = true
        onHead(held.joined())
      }
      if (held.bytes > (release ? MAX_CONTENT_BYTES : PIECE_BYTES)) {
        file ??= await createSpoolFile(options.folder)
        await file.append(held.takeParts())
        release?.()
        release = null
      }
    }
    const rest = held.take()
    if (!headSeen) onHead(rest)
    release?.()
    release = file ? null : memory.tryAcquire(rest.length)
    if (release) return inMemoryUpload(rest, release)
    file ??= await createSpoolFile(options.folder)
    await file.append([rest])
    await file.close()
    return fileUpload(file.path, bytes)
  } catch (error) {
    release?.()
    await file?.close()
    if (file) await rm(file.path, { force: true })
    throw error
  }
}

/** Deletes what a process that was killed has left. */
export async function cleanSpool(folder: string, nowMs: number): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name)
    const info = await stat(path).catch(() => null)
    if (info && info.mtimeMs < nowMs - LEFT_AGE_MS) await rm(path, { force: true }).catch(() => {})
  }
}

export function tooManyBytes(limit: number, actual?: number): KoutuError {
  return new KoutuError('IMAGE_TOO_MANY_BYTES', {
    detail: `expected at most ${limit} bytes but received ${actual ?? 'more'}`,
    data: actual === undefined ? { limit } : { limit, actual },
  })
}

/** All of it, in one block of its size: pieces and their copy would both be held. */
export async function wholeOf(spooled: Spooled): Promise<Uint8Array> {
  const content = spooled.content()
  if (content instanceof Uint8Array) return content
  const whole = new Uint8Array(spooled.bytes)
  let at = 0
  for await (const piece of createReadStream(content.path, { highWaterMark: PIECE_BYTES })) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

function inMemoryUpload(content: Uint8Array, release: () => void): Spooled {
  return {
    bytes: content.length,
    look: (work) => work({ length: content.length, piece: () => ({ from: 0, bytes: content }) }),
    content: () => content,
    async [Symbol.asyncDispose]() {
      release()
    },
  }
}

function fileUpload(path: string, bytes: number): Spooled {
  return {
    bytes,
    look(work) {
      const handle = openSync(path, 'r')
      try {
        return work(pagedFile(handle, bytes))
      } finally {
        closeSync(handle)
      }
    },
    content: () => ({ path }),
    [Symbol.asyncDispose]: () => rm(path, { force: true }),
  }
}

function pagedFile(handle: number, length: number): ByteSource {
  return {
    length,
    piece(at, count) {
      const page = Buffer.alloc(Math.min(Math.max(count, PAGE_BYTES), length - at))
      return { from: at, bytes: page.subarray(0, readSync(handle, page, 0, page.length, at)) }
    },
  }
}

interface SpoolFile {
  readonly path: string
  append(parts: readonly Uint8Array[]): Promise<void>
  close(): Promise<void>
}

async function createSpoolFile(folder: string): Promise<SpoolFile> {
  const path = join(folder, `upload-${randomUUID()}`)
  const stored = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw storageError(error)
    }
  }
  const handle = await stored(async () => {
    await makeFolder(folder, { mkdir, stat, dirname })
    return open(path, 'wx', 0o600)
  })
  return {
    path,
    append: (parts) => stored(() => appendAll(handle, parts)),
    close: () => handle.close(),
  }
}

async function appendAll(handle: FileHandle, parts: readonly Uint8Array[]): Promise<void> {
  const { bytesWritten } = await handle.writev(parts)
  const rest = parts.reduce((sum, { length }) => sum + length, 0) - bytesWritten
  // A disk that is nearly full takes a part; what is left says why.
  if (rest > 0) await handle.appendFile(Buffer.concat(parts).subarray(-rest))
}

function storageError(error: unknown): KoutuError {
  const { code } = error as NodeJS.ErrnoException
  return new KoutuError(code === 'ENOSPC' || code === 'EDQUOT' ? 'STORAGE_FULL' : 'STORAGE_FAILED', { cause: error })
}
