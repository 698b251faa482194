// The unfinished half of a download: a folder `<target>.part` with the bytes and what is known of their origin.
// A process claims it by renaming the folder, so that two never write the same bytes.

import { createHash, type Hash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { makeFolder } from '@koutu/core'
import { intoCache, moveInto, writeAll } from './files.ts'
import { isAbandoned, processTag } from './process-tag.ts'

/** Where the bytes came from, and how to ask whether they are still the same there. */
interface Origin {
  readonly url: string
  /** A strong ETag or a Last-Modified date; null when the server gave neither. */
  readonly validator: string | null
}

export interface PartialFile {
  readonly origin: Origin | null
  readonly bytes: number
  /** Forgets the bytes and begins with those of another origin. */
  restart(origin: Origin): Promise<void>
  append(data: Uint8Array): Promise<void>
  /** Hash of all bytes so far. */
  digest(): string
  /** Flushes the bytes and gives them their final name. */
  moveTo(target: string): Promise<void>
  /** Lets go of the bytes but keeps them for a later pull. */
  release(): Promise<void>
  /** Lets go of the bytes and frees the disk. */
  discard(): Promise<void>
}

/** The unfinished download of `target`, continued where one was left, else empty. */
export async function claimPartialFile(target: string): Promise<PartialFile> {
  const shared = `${target}.part`
  const mine = `${shared}.${processTag()}`
  await intoCache(target, async () => {
    await makeFolder(dirname(target), { mkdir, stat, dirname })
    await takeOver(shared, mine)
  })
  const data = join(mine, 'data')
  const note = join(mine, 'origin.json')
  const file = await intoCache(target, () => open(data, 'a+'))
  let origin = await readOrigin(note)
  let { hash, bytes } = await hashSoFar(data)
  let isOpen = true
  const close = async () => {
    if (isOpen) await file.close()
    isOpen = false
  }
  return {
    get origin() {
      return origin
    },
    get bytes() {
      return bytes
    },
    async restart(next) {
      await intoCache(target, async () => {
        await file.truncate(0)
        await writeFile(note, JSON.stringify(next))
      })
      origin = next
      bytes = 0
      hash = createHash('sha256')
    },
    async append(piece) {
      await intoCache(target, () => writeAll(file, piece))
      hash.update(piece)
      bytes += piece.length
    },
    digest: () => hash.copy().digest('hex'),
    async moveTo(finalName) {
      await intoCache(target, async () => {
        await file.sync()
        await close()
        await moveInto(data, finalName)
      })
      await rm(mine, { recursive: true, force: true })
    },
    async release() {
      await close()
      // Another process may have left its own in the meantime; one is enough.
      if (bytes > 0) await rename(mine, shared).catch(() => {})
      await rm(mine, { recursive: true, force: true })
    },
    async discard() {
      await close()
      await rm(mine, { recursive: true, force: true })
    },
  }
}

/** Claims the first partial file that is not in use by renaming it; a new folder where there is none. */
async function takeOver(shared: string, mine: string): Promise<void> {
  const prefix = `${basename(shared)}.`
  const abandoned = (await readdir(dirname(shared)))
    .filter((name) => name.startsWith(prefix) && isAbandoned(name.slice(prefix.length)))
    .map((name) => join(dirname(shared), name))
  for (const candidate of [shared, ...abandoned]) {
    try {
      await rename(candidate, mine)
      return
    } catch (error) {
      // Not there, or another process was faster.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  await mkdir(mine)
}

async function readOrigin(path: string): Promise<Origin | null> {
  try {
    const { url, validator } = JSON.parse(await readFile(path, 'utf8')) as Partial<Origin>
    if (typeof url !== 'string') return null
    return { url, validator: typeof validator === 'string' ? validator : null }
  } catch {
    return null
  }
}

async function hashSoFar(path: string): Promise<{ hash: Hash; bytes: number }> {
  const hash = createHash('sha256')
  let bytes = 0
  const file = await open(path)
  try {
    for await (const piece of file.createReadStream({ highWaterMark: 2 ** 18, autoClose: false })) {
      hash.update(piece as Uint8Array)
      bytes += (piece as Uint8Array).length
    }
  } finally {
    await file.close()
  }
  return { hash, bytes }
}
