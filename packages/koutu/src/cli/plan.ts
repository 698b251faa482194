// From what was typed to the list of pictures to do and where each result goes. Touches the disk only to look.

import { stat } from 'node:fs/promises'
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path'
import { FORMAT_FILES, invalidOptions, KoutuError, OUTPUT_FORMATS, type OutputFormat } from '@koutu/core'
import { isUrl } from '../is-url.ts'
import { exists } from './exists.ts'

export interface Job {
  /** Path, URL or `-`. */
  readonly input: string
  /** How the input is shown: never with a URL's query or credentials. */
  readonly label: string
  /** Path, or `-` for standard output. */
  readonly output: string
}

export interface Plan {
  readonly jobs: readonly Job[]
  /** Inputs that matched nothing, with the reason. */
  readonly missing: readonly { readonly label: string; readonly error: KoutuError }[]
  /** Whether the output is one file rather than a folder: it settles the format. */
  readonly singleOutput: boolean
}

export interface PlanRequest {
  readonly inputs: readonly string[]
  readonly output: string | undefined
  readonly format: OutputFormat
}

/** What a folder is searched for; an explicitly named file may have any name. */
const PICTURE_EXTENSIONS = ['jpg', 'jpeg', 'jfif', 'png', 'webp', 'avif', 'heic', 'heif', 'tif', 'tiff', 'gif']
const FORMAT_OF_EXTENSION: Readonly<Record<string, OutputFormat>> = {
  ...Object.fromEntries(OUTPUT_FORMATS.map((format) => [format, format])),
  jpg: 'jpeg',
  tif: 'tiff',
}
/** Results written beside their inputs are not inputs of the next run. */
const RESULT_NAME = /\.cutout\.[a-z]+$/i

/** The format an output path asks for by its extension; null for a folder or an unknown extension. */
export function formatOfPath(path: string): OutputFormat | null {
  return FORMAT_OF_EXTENSION[extname(path).slice(1).toLowerCase()] ?? null
}

interface Found {
  readonly input: string
  readonly label: string
  /** Where the result goes below an output folder: the path relative to what was named. */
  readonly relative: string
}

/** Errors: INVALID_OPTIONS when inputs and output do not fit together. */
export async function makePlan({ inputs, output, format }: PlanRequest): Promise<Plan> {
  const found: Found[] = []
  const missing: { label: string; error: KoutuError }[] = []
  const seen = new Set<string>()
  for (const input of inputs) {
    const matches = await expand(input, output)
    if (matches instanceof KoutuError) missing.push({ label: labelOf(input), error: matches })
    else
      for (const match of matches) {
        const identity = isUrl(match.input) || match.input === '-' ? match.input : resolve(match.input)
        if (!seen.has(identity)) found.push(match)
        seen.add(identity)
      }
  }
  const singleOutput =
    output !== undefined && (output === '-' || (formatOfPath(output) !== null && !(await isFolder(output))))
  if (singleOutput && found.length + missing.length > 1) {
    throw invalidOptions([
      { path: '--output', message: `Expected a folder for ${found.length} inputs but received the file '${output}'` },
    ])
  }
  return {
    jobs: singleOutput
      ? found.map((one) => ({ ...job(one), output: output! }))
      : place(found, output, FORMAT_FILES[format].extension),
    missing,
    singleOutput,
  }
}

const job = ({ input, label }: Found) => ({ input, label })

async function expand(input: string, output: string | undefined): Promise<Found[] | KoutuError> {
  if (input === '-') return [{ input, label: 'standard input', relative: 'stdin' }]
  if (isUrl(input)) return [{ input, label: labelOf(input), relative: nameOfUrl(input) }]
  if (await isFolder(input)) return listFolder(input, output)
  if (await exists(input)) return [{ input, label: input, relative: basename(input) }]
  // Loaded only where something is to be searched for: most runs name one file.
  const { glob, isDynamicPattern } = await import('tinyglobby')
  if (!isDynamicPattern(input)) return new KoutuError('INPUT_NOT_FOUND', { detail: input })
  const matches = (await glob(input, { onlyFiles: true, expandDirectories: false })).sort()
  if (matches.length === 0) return new KoutuError('INPUT_NOT_FOUND', { detail: `nothing matches ${input}` })
  const base = fixedPart(input, isDynamicPattern)
  return matches.map((match) => ({ input: match, label: match, relative: relative(base, match) }))
}

async function listFolder(folder: string, output: string | undefined): Promise<Found[] | KoutuError> {
  const { glob } = await import('tinyglobby')
  const files = await glob(`**/*.{${PICTURE_EXTENSIONS.join(',')}}`, {
    cwd: folder,
    onlyFiles: true,
    caseSensitiveMatch: false,
    expandDirectories: false,
  })
  const own = output === undefined ? null : resolve(output) + sep
  const kept = files
    .filter((file) => !RESULT_NAME.test(file))
    .filter((file) => own === null || resolve(folder) + sep === own || !resolve(folder, file).startsWith(own))
    .sort()
  if (kept.length === 0) return new KoutuError('INPUT_NOT_FOUND', { detail: `there is no picture in ${folder}` })
  return kept.map((file) => ({ input: join(folder, file), label: join(folder, file), relative: file }))
}

/** The leading folders of a glob that hold no magic: results keep the tree below them. */
function fixedPart(pattern: string, isDynamicPattern: (part: string) => boolean): string {
  const parts = pattern.split('/')
  const magic = parts.findIndex((part) => isDynamicPattern(part))
  return parts.slice(0, magic).join('/') || (pattern.startsWith('/') ? '/' : '.')
}

/**
 * Beside its input a result is called `name.cutout.png`, in an output folder `name.png`. Where two inputs would share
 * a name, or a result would be an input, the input's extension stays in: `name.jpg.png`.
 */
function place(found: readonly Found[], output: string | undefined, extension: string): Job[] {
  const inputs = new Set(found.map(({ input }) => resolve(input)))
  const target = (one: Found, keepExtension: boolean): string => {
    const stem = keepExtension ? basename(one.relative) : basename(one.relative, extname(one.relative))
    if (one.input === '-' && output === undefined) return '-'
    if (output !== undefined) return join(output, dirname(one.relative), `${stem}.${extension}`)
    return join(isUrl(one.input) ? '.' : dirname(one.input), `${stem}.cutout.${extension}`)
  }
  const uses = new Map<string, number>()
  for (const one of found) uses.set(target(one, false), (uses.get(target(one, false)) ?? 0) + 1)
  return found.map((one) => {
    const plain = target(one, false)
    const clashes = plain !== '-' && (uses.get(plain)! > 1 || inputs.has(resolve(plain)))
    return { ...job(one), output: clashes ? target(one, true) : plain }
  })
}

function nameOfUrl(url: string): string {
  const path = URL.parse(url)?.pathname ?? ''
  let name = basename(path)
  try {
    name = decodeURIComponent(name)
  } catch {
    // A malformed escape stays as it is.
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters have no place in a file name
  return name.replace(/[/\\:*?"<>|\u0000-\u001f]/g, '_').replace(/^\.+/, '') || 'picture'
}

/** A URL without credentials and query; anything else as it is. */
function labelOf(input: string): string {
  if (!isUrl(input)) return input
  const url = URL.parse(input)
  return url ? `${url.protocol}//${url.host}${url.pathname}` : 'the URL'
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  )
}
