// Files appear whole or not at all: written under a temporary name in the same folder, then renamed.

import { randomBytes } from 'node:crypto'
import { mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { isKoutuError, KoutuError } from '@koutu/core'

/** Makes the folders on the way. Devices and pipes are written as they are. Errors: OUTPUT_UNWRITABLE; nothing is left behind then. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  try {
    const info = await stat(path).catch(() => null)
    if (info?.isDirectory()) throw new KoutuError('OUTPUT_UNWRITABLE', { detail: `${path} is a folder` })
    if (info && !info.isFile()) return await writeInto(path, 'w', bytes)
    await makeFolder(dirname(path))
    // A link stays one: what it leads to is replaced.
    await replace(info ? await realpath(path) : path, bytes)
  } catch (error) {
    throw outputError(path, error)
  }
}

/** Makes a folder and those above it. Errors: OUTPUT_UNWRITABLE. */
export async function makeFolder(path: string): Promise<void> {
  // Node's own `recursive` never ends where the file system says of a new folder that its parent is missing, as /proc does.
  const absent: string[] = []
  for (let at = resolve(path); ; at = dirname(at)) {
    const info = await stat(at).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw outputError(at, error)
    })
    if (info?.isDirectory()) break
    if (info) throw new KoutuError('OUTPUT_UNWRITABLE', { detail: `${at} is a file where a folder is needed` })
    absent.push(at)
    if (dirname(at) === at) break
  }
  for (const folder of absent.reverse()) {
    await mkdir(folder).catch((error: unknown) => {
      // Another process may have made it meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw outputError(folder, error)
    })
  }
}

/** An error of the file system that concerns a result, with its path. */
export function outputError(path: string, error: unknown): KoutuError {
  if (isKoutuError(error)) return error
  return new KoutuError('OUTPUT_UNWRITABLE', { detail: `${path}: ${(error as Error).message}`, cause: error })
}

async function replace(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(dirname(path), temporaryName(basename(path)))
  try {
    await writeInto(temporary, 'wx', bytes)
    await rename(temporary, path)
  } catch (error) {
    // What hinders the cleanup is never the first fault.
    await rm(temporary, { force: true }).catch(() => {})
    throw error
  }
}

/** Never longer than the name of the result, so that it fits wherever that does. */
function temporaryName(name: string): string {
  const random = randomBytes(8).toString('hex')
  return `.koutu-${random}.tmp`.length <= Buffer.byteLength(name)
    ? `.koutu-${random}.tmp`
    : `.${random}`.slice(0, Math.max(2, Buffer.byteLength(name)))
}

async function writeInto(path: string, flags: 'w' | 'wx', bytes: Uint8Array): Promise<void> {
  const file = await open(path, flags)
  try {
    // As much at a time as the system takes: `writeFile` hands over half a megabyte after the other.
    for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten
  } finally {
    await file.close()
  }
}
