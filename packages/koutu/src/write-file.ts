// Files appear whole or not at all: written under a temporary name in the same folder, then renamed.

import { randomBytes } from 'node:crypto'
import type { Stats } from 'node:fs'
import { access, constants, mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isKoutuError, KoutuError, makeFolder } from '@koutu/core'
import { shorten } from './shorten.ts'
import { systemReason } from './system-reason.ts'

/**
 * What is at `path` now, null where there is nothing. Asked before the work whose result goes there. Writes nothing. Errors:
 * OUTPUT_UNWRITABLE where the system says already that no file can be written.
 */
export async function checkOutput(path: string): Promise<Stats | null> {
  try {
    const info = await statOf(path)
    if (info?.isDirectory()) throw isFolder(path)
    if (!info || info.isFile()) await access(await nearestFolder(dirname(path)), constants.W_OK)
    return info
  } catch (error) {
    throw outputError(path, error)
  }
}

async function nearestFolder(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) if (dirname(at) === at || (await statOf(at))) return at
}

function statOf(path: string): Promise<Stats | null> {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
}

function isFolder(path: string): KoutuError {
  return new KoutuError('OUTPUT_UNWRITABLE', { detail: `${path} is a folder` })
}

/** Makes the folders on the way. Devices and pipes are written as they are. Errors: OUTPUT_UNWRITABLE; nothing is left behind then. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  try {
    const info = await stat(path).catch(() => null)
    if (info?.isDirectory()) throw isFolder(path)
    if (info && !info.isFile()) return await writeInto(path, 'w', bytes)
    await makeOutputFolder(dirname(path))
    // A link stays one: what it leads to is replaced.
    await replace(info ? await realpath(path) : path, bytes)
  } catch (error) {
    throw outputError(path, error)
  }
}

/** Makes an output folder and those above it. Errors: OUTPUT_UNWRITABLE. */
export async function makeOutputFolder(path: string): Promise<void> {
  await makeFolder(path, { mkdir, stat, dirname }).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EEXIST' && code !== 'ENOTDIR') throw outputError(path, error)
    throw new KoutuError('OUTPUT_UNWRITABLE', {
      detail: `a file exists where a folder is expected: ${path}`,
      cause: error,
    })
  })
}

/** An error of the file system that concerns a result, with its path. */
export function outputError(path: string, error: unknown): KoutuError {
  if (isKoutuError(error)) return error
  const { code } = error as NodeJS.ErrnoException
  const reason = systemReason(error)
  const detail = `${shorten(path)}: ${reason}${code && code !== reason ? ` (${code})` : ''}`
  return new KoutuError('OUTPUT_UNWRITABLE', { detail, cause: error })
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
