// Validates files named by options before anything runs: a missing background would fail every image after its work.

import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { describeOptions, type GroupedOptions, inspectPicture, isKoutuError, KoutuError } from '@koutu/core'
import { isDataUrl, isUrl } from '../is-url.ts'
import { Options, type ResolvedOptions, resolve } from '../options.ts'
import { createSource } from '../source.ts'

/** Options that do not change a result, but for roundings: a run goes on where it stopped, whatever it runs on. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set(
  describeOptions(Options)
    .filter(({ key, info }) => info.group === 'limits' || info.group === 'network' || key === 'device')
    .map(({ key }) => key),
)

/** The images that options name, by flag. */
function namedImages({ background, keep, erase }: ResolvedOptions): [flag: string, location: string][] {
  const named = Object.entries({ '--background': background, '--keep': keep, '--erase': erase })
  return named.flatMap(([flag, value]) =>
    value?.type === 'picture' && typeof value.source === 'string' ? [[flag, value.source]] : [],
  )
}

/** Paths of the files that options name, and of `alpha`. */
export function filesOf(options: ResolvedOptions, alpha?: string): string[] {
  const locations = [...namedImages(options).map(([, location]) => location), ...(alpha === undefined ? [] : [alpha])]
  return locations.flatMap((location) => {
    if (!isUrl(location)) return [location]
    return /^file:/i.test(location) ? [fileURLToPath(location)] : []
  })
}

/**
 * A hash of the options and the files they name, `alpha` among them: equal keys, equal results. Errors, with the flag:
 * INPUT_NOT_FOUND and INPUT_UNREADABLE, and those of a file that is no image within the limits.
 */
export async function checkOptions(options: ResolvedOptions, signal: AbortSignal, alpha?: string): Promise<string> {
  const hash = createHash('sha256')
  const entries = Object.entries(options).filter(([key]) => !WITHOUT_EFFECT.has(key))
  hash.update(JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1))))
  for (const [flag, location] of namedImages(options)) {
    // What is behind an address is fetched with each image.
    if (isUrl(location) && !/^(?:file|data):/i.test(location)) continue
    hash.update(await readImage(flag, location, resolve(options), signal))
  }
  if (alpha !== undefined) hash.update('alpha').update(await readImage('<alpha>', alpha, resolve(options), signal))
  return hash.digest('hex').slice(0, 16)
}

/** What a word may be that is taken for the name of a file, since it is nothing else. */
const ALTERNATIVES: Readonly<Record<string, string>> = {
  '--background': ' (neither transparent, blur nor a color that is known, and no such file)',
  '--keep': ' (neither strokes such as 120,80@12 nor a file)',
  '--erase': ' (neither strokes such as 120,80@12 nor a file)',
}

async function readImage(
  flag: string,
  location: string,
  options: GroupedOptions,
  signal: AbortSignal,
): Promise<Uint8Array> {
  try {
    const bytes = await createSource().read(location, options, { signal })
    inspectPicture(bytes, options.limits)
    return bytes
  } catch (error) {
    if (!isKoutuError(error)) throw error
    const detail = error.message.slice(error.message.indexOf(': ') + 2)
    const meant = error.code === 'INPUT_NOT_FOUND' ? (ALTERNATIVES[flag] ?? '') : ''
    const isTold = isDataUrl(location) || detail.includes(location)
    const shown = (isTold ? detail : `${location}: ${detail}`) + meant
    throw new KoutuError(error.code, { detail: `${flag}: ${shown}`, data: error.data, cause: error })
  }
}
