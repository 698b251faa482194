// Writes a file so that a crash leaves the old or the new content, never a part.

import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { KoutuError, makeFolder } from '@koutu/core'

/** Who may use a new file and the folders made for it. */
export type Access = 'private' | 'umask'

const MODES = { private: { file: 0o600, folder: 0o700 }, umask: { file: 0o666, folder: 0o777 } } as const

/** Synced before it is renamed into place. Errors: OUTPUT_UNWRITABLE. */
export async function writeDurably(path: string, content: string | Uint8Array, access: Access): Promise<void> {
  const mode = MODES[access]
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    await makeFolder(dirname(path), { mkdir, stat, dirname }, mode.folder)
    const file = await open(temporary, 'wx', mode.file)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw new KoutuError('OUTPUT_UNWRITABLE', { detail: `'${path}' (${codeOf(error)})`, cause: error })
  }
}

/** Such as `EACCES`: the message of a file error names the temporary file, which is of no use. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : 'unknown error'
}
