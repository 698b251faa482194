// Files appear whole or not at all: written under a temporary name in the same folder, then renamed.

import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { KoutuError } from '@koutu/core'

/** Makes the folders on the way. Errors: OUTPUT_UNWRITABLE; nothing is left behind then. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}.tmp`)
  try {
    await mkdir(dirname(path), { recursive: true })
    const file = await open(temporary, 'wx')
    try {
      // As much at a time as the system takes: `writeFile` hands over half a megabyte after the other.
      for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw new KoutuError('OUTPUT_UNWRITABLE', { detail: `${path}: ${(error as Error).message}`, cause: error })
  }
}
