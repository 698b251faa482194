// Making a folder and those above it, over the functions of a runtime's file system.
// Node's own `recursive` never returns where a file system says of a new folder that its parent is missing, as /proc does.

/** The part of `node:fs/promises` and `node:path` that is needed. */
export interface FolderFiles {
  mkdir(path: string, mode: number): Promise<unknown>
  stat(path: string): Promise<{ isDirectory(): boolean }>
  dirname(path: string): string
}

const EVERYBODY = 0o777

/**
 * Makes `path` and the missing folders above it, with the same mode. A folder that exists is left as it is.
 * Errors: those of the file system; EEXIST or ENOTDIR where a file is in the way.
 */
export async function makeFolder(path: string, files: FolderFiles, mode: number = EVERYBODY): Promise<void> {
  if (await isFolder(path, files)) return
  try {
    await files.mkdir(path, mode)
  } catch (error) {
    const parent = files.dirname(path)
    if (codeOf(error) === 'ENOENT' && parent !== path) {
      await makeFolder(parent, files, mode)
      // Once: the parent is there now.
      await files.mkdir(path, mode).catch((again: unknown) => toleratePresent(path, files, again))
    } else await toleratePresent(path, files, error)
  }
}

/** Another process may have made the folder meanwhile. */
async function toleratePresent(path: string, files: FolderFiles, error: unknown): Promise<void> {
  if (codeOf(error) !== 'EEXIST' || !(await isFolder(path, files))) throw error
}

async function isFolder(path: string, files: FolderFiles): Promise<boolean> {
  return files.stat(path).then(
    (status) => status.isDirectory(),
    () => false,
  )
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code
}
