// One cutout from source to where results go: the part that all tools which make results share.

import type { OutputFormat, ResolvedOptions } from '@koutu/core'
import { readOptions } from './options.ts'
import type { Cut } from './ports.ts'
import { imageProgress } from './progress.ts'
import { readSource } from './sources.ts'
import type { Call, Recipe } from './tool.ts'

/** Where results go: files, or a server's store. */
export interface Results {
  /** Values with what the place itself says, such as the format of an extension. */
  withPlace(values: Recipe['values'], output: string | undefined): Recipe['values']
  /** Takes the place before any work is done. Errors: OUTPUT_EXISTS, PATH_NOT_ALLOWED, INVALID_OPTIONS. */
  open(request: PlaceRequest, call: Call): Promise<Place>
}

interface PlaceRequest extends Pick<CutRequest, 'output' | 'overwrite' | 'former'> {
  readonly source: Recipe['source']
  readonly format: OutputFormat
}

interface Place extends AsyncDisposable {
  keep(cut: Cut, signal: AbortSignal): Promise<Kept>
}

interface Kept {
  /** Absolute path, or URL. */
  readonly output: string
  readonly uri: string
  readonly bytes: number
}

export interface Made extends Kept {
  readonly handle: string
  readonly cut: Cut
}

export interface CutRequest {
  readonly recipe: Pick<Recipe, 'source' | 'values' | 'keep' | 'erase'>
  /** Where the result is to go; a default place where it is undefined. */
  readonly output: string | undefined
  readonly overwrite: boolean
  /** The result that this one changes. */
  readonly former?: Recipe
}

/** Errors: those of the place and any of a cutout. Nothing is left behind then. */
export async function makeResult({ recipe, former, ...asked }: CutRequest, call: Call): Promise<Made> {
  const { cutter, cutouts, results, signal, progress } = call
  const options = await readOptions(results.withPlace(recipe.values, asked.output), recipe, call)
  const request = { ...asked, source: recipe.source, format: options.format, ...(former && { former }) }
  await using place = await results.open(request, call)
  const source = await readSource(recipe.source, call, options.maxBytes)
  const ctx = { signal, onEvent: imageProgress(progress, 0, 0.9) }
  const cut = await cutter.cut(source, options, ctx, former?.kept)
  progress.report(0.9, 'Writing the result')
  const kept = await place.keep(cut, signal)
  const { format } = options
  const made = { ...recipe, output: kept.output, format, isComparable: isComparable(cut, options), kept: cut.kept }
  return { ...kept, handle: cutouts.add(made), cut }
}

function isComparable({ width, height, report }: Cut, { scale, position, mask, format }: ResolvedOptions): boolean {
  const isInFrame = width === report.input.width && height === report.input.height
  const isMoved = scale !== undefined || position !== undefined
  return isInFrame && !isMoved && !mask && format !== 'zip' && format !== 'psd'
}
