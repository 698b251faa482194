// The file system as the plan sees it. A port, so that tests can plan on file systems of every kind.

import { lstat, readdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { inputError } from '../../source.ts'
import { isResultFile } from './result-record.ts'

type FileKind = 'file' | 'folder' | 'other'

export interface FileTree {
  /** Of what a path leads to, symbolic links followed; null where there is nothing. Errors: INPUT_UNREADABLE. */
  kind(path: string): Promise<FileKind | null>
  /** Sorted names. Links are listed as such. Errors: INPUT_NOT_FOUND, INPUT_UNREADABLE. */
  list(folder: string): Promise<readonly { readonly name: string; readonly kind: FileKind | 'link' }[]>
  /** An absolute path without symbolic links. What is not there yet keeps its name below the folder that is. */
  real(path: string): Promise<string>
  /** Whether the path itself is a symbolic link. */
  isLink(path: string): Promise<boolean>
  /** Whether a file was written by koutu, by its name or its record. */
  isResult(path: string): Promise<boolean>
  /** How the file system that holds `folder` compares names: equal keys are one file. */
  nameKey(folder: string): Promise<(path: string) => string>
}

export const fileSystem: FileTree = {
  async kind(path) {
    try {
      const info = await stat(path)
      return info.isDirectory() ? 'folder' : info.isFile() ? 'file' : 'other'
    } catch (error) {
      if (isAbsent(error)) return null
      throw inputError(path, error)
    }
  },
  async list(folder) {
    try {
      const entries = await readdir(folder, { withFileTypes: true })
      return entries
        .map(
          (entry) =>
            ({
              name: entry.name,
              kind: entry.isSymbolicLink()
                ? 'link'
                : entry.isDirectory()
                  ? 'folder'
                  : entry.isFile()
                    ? 'file'
                    : 'other',
            }) as const,
        )
        .sort((a, b) => (a.name < b.name ? -1 : 1))
    } catch (error) {
      throw inputError(folder, error)
    }
  },
  real: realPath,
  isLink: (path) =>
    lstat(path).then(
      (status) => status.isSymbolicLink(),
      () => false,
    ),
  isResult: isResultFile,
  async nameKey(folder) {
    const [foldsCase, foldsUnicode] = await Promise.all([findsAs(folder, swapCase), findsAs(folder, otherForm)])
    return (path) => {
      const composed = foldsUnicode ? path.normalize('NFC') : path
      return foldsCase ? composed.toUpperCase().toLowerCase() : composed
    }
  },
}

async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch {
    const folder = dirname(path)
    return folder === path ? path : join(await realPath(folder), basename(path))
  }
}

function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOENT' || code === 'ENOTDIR'
}

/**
 * Whether the nearest folder whose name `change` changes is found under the changed name, too. Looks only. Where no name
 * tells, the custom of the system decides.
 */
async function findsAs(folder: string, change: (name: string) => string): Promise<boolean> {
  for (let at = folder; dirname(at) !== at; at = dirname(at)) {
    const changed = change(basename(at))
    const here = await stat(at).catch(() => null)
    if (changed === basename(at) || !here) continue
    const there = await stat(join(dirname(at), changed)).catch(() => null)
    return there !== null && there.ino === here.ino && there.dev === here.dev
  }
  return process.platform === 'darwin' || (process.platform === 'win32' && change === swapCase)
}

function swapCase(name: string): string {
  return name === name.toLowerCase() ? name.toUpperCase() : name.toLowerCase()
}

function otherForm(name: string): string {
  return name === name.normalize('NFD') ? name.normalize('NFC') : name.normalize('NFD')
}
