// The folders that an assistant may use. Real paths decide, after every link; what is read is read from the file that was
// checked, not from its name.

import { type FileHandle, open, realpath, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { KoutuError } from '@koutu/core'

export interface Folders {
  /** Real paths, each once. */
  list(): Promise<readonly string[]>
  /** Why the list is empty, where it is. */
  readonly whyNone: string
  /** The absolute path of what may be read. Errors: PATH_NOT_ALLOWED, INPUT_NOT_FOUND. */
  readable(path: string): Promise<string>
  /** The bytes of a file. Errors: PATH_NOT_ALLOWED, INPUT_NOT_FOUND, INPUT_UNREADABLE, IMAGE_TOO_MANY_BYTES. */
  read(path: string, maxBytes: number): Promise<Uint8Array>
  /** The absolute path of what may be written; it need not exist. Errors: PATH_NOT_ALLOWED. */
  writable(path: string): Promise<string>
}

/** `narrow` gives folders that a client further restricts to; null where it does not. */
export function openFolders(
  allowed: readonly string[],
  narrow: () => Promise<readonly string[] | null> = async () => null,
): Folders {
  const whyNone =
    allowed.length === 0
      ? 'no folder is allowed; start koutu mcp with --allow DIR'
      : `of the allowed folders, none exists within the roots of this host: ${allowed.join(', ')}`
  const list = async () => {
    const ours = await realFolders(allowed)
    const theirs = await narrow()
    if (theirs === null) return ours
    const roots = await realFolders(theirs)
    const inside = ours.filter((folder) => roots.some((root) => isWithin(folder, root)))
    const narrower = roots.filter((root) => ours.some((folder) => isWithin(root, folder)))
    return [...new Set([...inside, ...narrower])]
  }
  const check = async (path: string, shown: string): Promise<string> => {
    const folders = await list()
    if (folders.some((folder) => isWithin(path, folder))) return path
    const detail = folders.length === 0 ? whyNone : `${shown} is outside of ${folders.join(', ')}`
    throw new KoutuError('PATH_NOT_ALLOWED', { detail })
  }
  const readable = async (path: string) => {
    const absolute = absolutePath(path)
    const real = await realpath(absolute).catch(() => null)
    // Whether a file exists outside of the allowed folders must not show.
    await check(real ?? (await realParent(absolute)), path)
    if (real === null) throw new KoutuError('INPUT_NOT_FOUND', { detail: path })
    return real
  }
  return {
    list,
    whyNone,
    readable,
    async read(path, maxBytes) {
      const real = await readable(path)
      const file = await open(real).catch((cause: Error) => {
        throw new KoutuError('INPUT_UNREADABLE', { detail: `${path}: ${cause.message}`, cause })
      })
      try {
        await checkSame(file, await readable(path), path)
        return await readAll(file, path, maxBytes)
      } finally {
        await file.close()
      }
    },
    async writable(path) {
      const absolute = absolutePath(path)
      const real = await realpath(absolute).catch(() => null)
      return check(real ?? (await realParent(absolute)), path)
    },
  }
}

/** A link may have been put in the way since the path was checked: the open file must still be the one at that path. */
async function checkSame(file: FileHandle, real: string, shown: string): Promise<void> {
  const [opened, named] = await Promise.all([file.stat(), stat(real)])
  if (opened.dev !== named.dev || opened.ino !== named.ino)
    throw new KoutuError('PATH_NOT_ALLOWED', { detail: `${shown} was replaced while it was being read` })
}

async function readAll(file: FileHandle, shown: string, maxBytes: number): Promise<Uint8Array> {
  const info = await file.stat()
  if (!info.isFile())
    throw new KoutuError('INPUT_UNREADABLE', {
      detail: `expected a file but ${shown} is ${info.isDirectory() ? 'a folder' : 'a device'}`,
    })
  if (info.size > maxBytes)
    throw new KoutuError('IMAGE_TOO_MANY_BYTES', {
      detail: `expected at most ${maxBytes} bytes but received ${info.size}`,
      data: { limit: maxBytes, actual: info.size },
    })
  return file.readFile()
}

/** Of a path, a `file:` URL or a path below `~`. Errors: PATH_NOT_ALLOWED for a relative one. */
function absolutePath(text: string): string {
  const path = /^file:/i.test(text) ? pathOfUrl(text) : text
  if (path === '~' || path.startsWith('~/') || path.startsWith(`~${sep}`))
    return resolve(join(homedir(), path.slice(1)))
  if (path.includes('\0') || !isAbsolute(path))
    throw new KoutuError('PATH_NOT_ALLOWED', { detail: `expected an absolute path but received ${text}` })
  return resolve(path)
}

function pathOfUrl(text: string): string {
  try {
    return fileURLToPath(text)
  } catch (cause) {
    throw new KoutuError('PATH_NOT_ALLOWED', { detail: `expected the URL of a local file but received ${text}`, cause })
  }
}

/** The real path of what does not exist yet: that of the nearest folder above it, and the rest as named. */
async function realParent(path: string): Promise<string> {
  const rest: string[] = []
  for (let at = path; ; at = dirname(at)) {
    const real = await realpath(at).catch(() => null)
    if (real !== null) return join(real, ...rest)
    rest.unshift(basename(at))
    if (dirname(at) === at) return path
  }
}

async function realFolders(paths: readonly string[]): Promise<string[]> {
  const real = await Promise.all(paths.map((path) => realpath(absolutePath(path)).catch(() => null)))
  return [...new Set(real.filter((path) => path !== null))]
}

/** Case is told apart as the system tells it: real paths are spelled as they are on disk. */
function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way))
}
