// One cutout from source to file: the part that all tools which write share.

import { open, rm } from 'node:fs/promises'
import { extname } from 'node:path'
import { FORMAT_FILES, KoutuError, type OutputFormat } from '@koutu/core'
import { readOptions } from './options.ts'
import type { Cut } from './ports.ts'
import { imageProgress } from './progress.ts'
import { placeFor, readSource } from './sources.ts'
import type { Call, Recipe } from './tool.ts'

export interface Written {
  readonly handle: string
  readonly path: string
  readonly size: number
  readonly cut: Cut
  readonly bytes: Uint8Array
}

export interface CutRequest {
  readonly recipe: Omit<Recipe, 'output'>
  /** Absolute path; a default place where it is undefined. */
  readonly output: string | undefined
  readonly overwrite: boolean
  /** The result that this one changes. */
  readonly former?: Recipe
}

const FORMAT_OF: Readonly<Record<string, OutputFormat>> = {
  ...Object.fromEntries(Object.keys(FORMAT_FILES).map((format) => [`.${format}`, format as OutputFormat])),
  '.jpg': 'jpeg',
  '.tif': 'tiff',
}

/** Errors: OUTPUT_EXISTS, PATH_NOT_ALLOWED and any of a cutout. Nothing is left behind then. */
export async function cutToFile({ recipe, output, overwrite, former }: CutRequest, call: Call): Promise<Written> {
  const { cutter, cutouts, folders, signal, progress } = call
  const options = await readOptions(withFormat(recipe.values, output), recipe, folders)
  const { extension } = FORMAT_FILES[options.format]
  const place = output ?? (await placeFor(recipe.source, extension, call, former))
  const path = await folders.writable(place)
  const claim = await claimFile(path, overwrite)
  try {
    const source = await readSource(recipe.source, call, options.maxBytes)
    const cut = await cutter.cut(source, options, { signal, onEvent: imageProgress(progress, 0, 0.9) })
    progress.report(0.9, 'Writing the result')
    const bytes = await cut.bytes()
    signal.throwIfAborted()
    await writeInside(path, bytes, { cutter, folders, format: cut.format })
    claim.keep()
    return { handle: cutouts.add({ ...recipe, output: path }), path, size: bytes.length, cut, bytes }
  } finally {
    await claim[Symbol.asyncDispose]()
  }
}

/** A folder on the way may have become a link since it was checked. */
export async function writeInside(
  path: string,
  bytes: Uint8Array,
  { cutter, folders, format }: Pick<Call, 'cutter' | 'folders'> & { readonly format: OutputFormat },
): Promise<void> {
  if ((await folders.writable(path)) !== path)
    throw new KoutuError('PATH_NOT_ALLOWED', { detail: `${path} was replaced while the image was processed` })
  await cutter.write(path, bytes, format)
}

/** The extension of the output decides where no format is given. Errors: none; a contradiction is written as asked. */
function withFormat(
  values: Readonly<Record<string, unknown>>,
  output: string | undefined,
): Readonly<Record<string, unknown>> {
  const format = output === undefined ? undefined : FORMAT_OF[extname(output).toLowerCase()]
  return format === undefined || values.format !== undefined ? values : { ...values, format }
}

interface Claim extends AsyncDisposable {
  /** The file has been written. */
  keep(): void
}

/** Takes the name of a new file, so that no other call writes the same one. Errors: OUTPUT_EXISTS, OUTPUT_UNWRITABLE. */
export async function claimFile(path: string, overwrite: boolean): Promise<Claim> {
  if (overwrite) return { keep() {}, async [Symbol.asyncDispose]() {} }
  let isKept = false
  let isMade = false
  try {
    await (await open(path, 'wx')).close()
    isMade = true
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'EEXIST') throw new KoutuError('OUTPUT_EXISTS', { detail: path, cause })
    // The folder may be missing: it is made when the result is written.
    if (code !== 'ENOENT') throw new KoutuError('OUTPUT_UNWRITABLE', { detail: `${path}: ${message}`, cause })
  }
  return {
    keep() {
      isKept = true
    },
    async [Symbol.asyncDispose]() {
      if (isMade && !isKept) await rm(path, { force: true })
    },
  }
}
