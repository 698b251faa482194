// Destinations of results: the meaning of `--output`, and the name of each result. A name depends on its input and the options
// only, so that it is the same on every run.

import { createHash } from 'node:crypto'
import { basename, dirname, extname, isAbsolute, join, parse, relative, resolve, sep } from 'node:path'
import { extensionOf, fitName, formatOfPath, invalidOptions, OUTPUT_FORMATS, type OutputFormat } from '@koutu/core'
import { isDataUrl, isUrl } from '../../is-url.ts'
import { outputError } from '../../write-file.ts'
import type { FileTree } from './file-tree.ts'

export type Destination =
  | { readonly type: 'beside' }
  | { readonly type: 'folder'; readonly path: string }
  /** A file, a device, or `-` for stdout. The format is that of the extension, null where there is none. */
  | { readonly type: 'file'; readonly path: string; readonly format: OutputFormat | null }

const STDOUT: ReadonlySet<string> = new Set(['-', '/dev/stdout', '/dev/fd/1', '/proc/self/fd/1'])

/** Errors: INVALID_OPTIONS for a name that is neither a folder nor a file of a known format. */
export async function readDestination(output: string | undefined, tree: FileTree): Promise<Destination> {
  if (output === undefined) return { type: 'beside' }
  if (STDOUT.has(output)) return { type: 'file', path: '-', format: null }
  const refuse = (message: string) => invalidOptions([{ path: '--output', message }])
  const isFolderName = output.endsWith('/') || output.endsWith(sep)
  // A file with a slash behind its name is not there for the system.
  const kind = await tree.kind(isFolderName ? resolve(output) : output).catch((error: Error) => {
    throw outputError(output, error.cause ?? error)
  })
  if (kind === 'folder') return { type: 'folder', path: output }
  if (kind !== null && isFolderName) throw refuse(`Expected a folder but '${output}' is a file`)
  if (isFolderName) return { type: 'folder', path: output }
  if (kind === 'other' || formatOfPath(output)) return { type: 'file', path: output, format: formatOfPath(output) }
  const known = OUTPUT_FORMATS.join(', ')
  if (extensionOf(output) !== '')
    throw refuse(`Expected one of the extensions ${known} but received '${output}'; write '${output}/' for a folder`)
  if (kind === 'file')
    throw refuse(`Expected a folder, or a file with one of the extensions ${known}, but '${output}' is a file`)
  throw refuse(
    `Expected a file with an extension or a folder but received '${output}'; write '${output}/' for a folder`,
  )
}

/** An input as found: what was named, and where it lies below that. */
export interface Found {
  /** Path, URL or `-`. */
  readonly input: string
  /** Path below the folder or glob that was named; the file's name otherwise. */
  readonly relative: string
}

export interface Naming {
  readonly destination: Destination
  /** Extension of results. */
  readonly extension: string
  /** Whether results keep folders and extension of their inputs in their names. */
  readonly fullNames: boolean
}

/**
 * Path of the result, or `-`. In the folder of its input a result is called `name.cutout.png`, elsewhere `name.png`. What was not
 * typed fits: a name that would be too long is cut.
 */
export function outputOf({ input, relative: below }: Found, { destination, extension, fullNames }: Naming): string {
  if (destination.type === 'file') return destination.path
  if (destination.type === 'beside' && input === '-') return '-'
  const name = basename(below)
  const stem = fullNames ? name : basename(name, extname(name))
  const home = isUrl(input) || input === '-' ? '.' : dirname(input)
  if (destination.type === 'beside') return join(home, fitName(stem, `.cutout.${extension}`))
  const folder = join(destination.path, fullNames ? fullFolder(input) : dirname(below))
  // Beside its input, a result must not be taken for another input, nor take the place of one.
  const isBeside = home !== '.' || input === basename(input) ? resolve(folder) === resolve(home) : false
  const isCutout = isBeside && !isUrl(input) && input !== '-'
  return join(folder, fitName(stem, isCutout ? `.cutout.${extension}` : `.${extension}`))
}

/** The folders of an input as typed, from the working folder or the root on. */
function fullFolder(input: string): string {
  if (input === '-') return '.'
  if (isDataUrl(input)) return '.'
  const url = isUrl(input) ? URL.parse(input) : null
  if (url) return join(safeName(url.host), ...dirname(url.pathname).split('/').map(safeName))
  const below = relative('.', resolve(input))
  const path =
    below.startsWith('..') || isAbsolute(below) ? relative(parse(resolve(input)).root, resolve(input)) : below
  return dirname(path)
}

/** A file name for a URL. What a query asks for, or the content of a data: URL, is part of the name only as a hash: it may hold secrets. */
export function nameOfUrl(location: string, fullNames: boolean): string {
  const url = isDataUrl(location) ? null : URL.parse(location)
  const name = safeName(basename(url?.pathname ?? '')) || 'image'
  const unnamed = isDataUrl(location) ? location : url?.search
  if (!fullNames || !unnamed) return name
  return `${name}-${createHash('sha256').update(unnamed).digest('hex').slice(0, 8)}`
}

function safeName(text: string): string {
  let name = text
  try {
    name = decodeURIComponent(text)
  } catch {
    // A malformed escape stays as it is.
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters have no place in a file name
  return fitName(name.replace(/[/\\:*?"<>|\u0000-\u001f]/g, '_').replace(/^\.+/, ''), '')
}
