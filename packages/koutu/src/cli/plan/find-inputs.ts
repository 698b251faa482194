// Expands arguments to images: files, folders, globs, URLs and stdin. Only the current folder is held in memory, so that trees
// of any size can be planned.

import { basename, extname, join, relative, resolve, sep } from 'node:path'
import { isKoutuError, KoutuError } from '@koutu/core'
import { isUrl } from '../../is-url.ts'
import { notFound } from '../../source.ts'
import { type Found, nameOfUrl } from './destination.ts'
import type { FileTree } from './file-tree.ts'

/** An image, a result of koutu that is left out, or an input that cannot be had, with the reason. */
export type Finding =
  | ({ readonly type: 'image' } & Found)
  | { readonly type: 'result'; readonly input: string }
  | { readonly type: 'missing'; readonly input: string; readonly error: KoutuError }

export interface Search {
  readonly tree: FileTree
  /** The output folder, which is no input where it lies below one. */
  readonly outputFolder: string | null
  /** Whether results of koutu count as images. */
  readonly takesResults: boolean
  readonly fullNames: boolean
}

/** What a folder is searched for. A file that is named may have any name. */
const IMAGE_EXTENSIONS: ReadonlySet<string> = new Set(
  'jpg jpeg jpe jfif jif png apng webp avif heic heif hif tif tiff gif jxl jp2 j2k j2c jpc jpf jpx bmp ico tga pbm pgm ppm pnm pam'
    .split(' ')
    .map((name) => `.${name}`),
)

export async function* findInputs(words: readonly string[], search: Search): AsyncGenerator<Finding> {
  for (const word of words) {
    let isEmpty = true
    try {
      for await (const finding of expand(word, search)) {
        isEmpty = false
        yield finding
      }
    } catch (error) {
      if (!isKoutuError(error)) throw error
      isEmpty = false
      yield { type: 'missing', input: word, error }
    }
    if (isEmpty)
      yield {
        type: 'missing',
        input: word,
        error: new KoutuError('INPUT_NOT_FOUND', { detail: `no image in ${word}` }),
      }
  }
}

async function* expand(word: string, search: Search): AsyncGenerator<Finding> {
  if (word === '-') return yield { type: 'image', input: word, relative: 'stdin' }
  if (isUrl(word)) return yield { type: 'image', input: word, relative: nameOfUrl(word, search.fullNames) }
  const kind = await search.tree.kind(word)
  if (kind === 'folder') return yield* searchFolder(word, search)
  if (kind !== null) return yield await sift({ input: word, relative: basename(word) }, search)
  yield* expandGlob(word, search)
}

/** Images below a folder. Errors: INPUT_NOT_FOUND and INPUT_UNREADABLE for the folder itself. */
export async function* searchFolder(folder: string, search: Search): AsyncGenerator<Finding> {
  const accepts = (path: string) => IMAGE_EXTENSIONS.has(extname(path).toLowerCase())
  yield* walk(folder, { search, accepts, hidden: false, depth: Number.POSITIVE_INFINITY })
}

async function* expandGlob(pattern: string, search: Search): AsyncGenerator<Finding> {
  // Loaded only where something is to be searched for: most runs name one file.
  const { default: picomatch } = await import('picomatch')
  const { base, glob, isGlob } = picomatch.scan(pattern)
  if (!isGlob) throw notFound(pattern)
  const matches = picomatch(glob)
  const depth = /\*\*|[{(]/.test(glob) ? Number.POSITIVE_INFINITY : glob.split('/').length
  const hidden = /(^|\/)\./.test(glob)
  const root = base === '' ? '.' : base
  let isEmpty = true
  if ((await search.tree.kind(root)) === 'folder') {
    const accepts = (path: string) => matches(path.split(sep).join('/'))
    for await (const finding of walk(root, { search, accepts, hidden, depth })) {
      isEmpty = false
      yield finding
    }
  }
  if (isEmpty) throw new KoutuError('INPUT_NOT_FOUND', { detail: `nothing matches ${pattern}` })
}

interface Walk {
  readonly search: Search
  /** Of a path below the root. */
  readonly accepts: (below: string) => boolean
  /** Whether names that begin with a dot are looked at. */
  readonly hidden: boolean
  /** Levels of folders to look at. */
  readonly depth: number
}

/**
 * Files below a folder, in the order of their names. A link to a folder is followed only where the folder is not met
 * anyway: its images would be found twice, or for ever.
 */
async function* walk(root: string, options: Walk): AsyncGenerator<Finding> {
  const { tree, outputFolder } = options.search
  const realRoot = await tree.real(resolve(root))
  const realOutput = outputFolder === null ? null : await tree.real(resolve(outputFolder))
  const skipped = realOutput !== null && isBelow(realOutput, realRoot) ? realOutput : null

  async function* visit(
    folder: string,
    below: string,
    roots: readonly string[],
    depth: number,
  ): AsyncGenerator<Finding> {
    for (const { name, kind } of await tree.list(folder)) {
      if (name.startsWith('.') && !options.hidden) continue
      const path = join(folder, name)
      const here = join(below, name)
      const target = kind === 'link' ? await tree.kind(path).catch(() => null) : kind
      if (target === 'folder') {
        if (depth <= 1) continue
        const real = await tree.real(resolve(path))
        if (real === skipped) continue
        const isMet = kind === 'link' && roots.some((one) => real === one || isBelow(real, one) || isBelow(one, real))
        if (isMet) continue
        try {
          yield* visit(path, here, kind === 'link' ? [...roots, real] : roots, depth - 1)
        } catch (error) {
          if (!isKoutuError(error)) throw error
          yield { type: 'missing', input: path, error }
        }
      } else if (target !== 'other' && options.accepts(here)) {
        yield await sift({ input: path, relative: here }, options.search)
      }
    }
  }
  yield* visit(root, '', [realRoot], options.depth)
}

/** The one filter of results, however a file was named. */
async function sift(found: Found, { tree, takesResults }: Search): Promise<Finding> {
  const isLeftOut = !takesResults && (await tree.isResult(found.input))
  return isLeftOut ? { type: 'result', input: found.input } : { type: 'image', ...found }
}

export function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`)
}
