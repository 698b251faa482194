// The files that options name, checked before anything runs: a missing background would fail every image, after its work.

import { readFile } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { describeOptions, isKoutuError, KoutuError, Options, type ResolvedOptions, SNIFF_BYTES, sniff } from '@koutu/core'
import { isUrl } from '../is-url.ts'
import { createSource } from '../source.ts'

/** Options that do not change a result. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set(
  describeOptions(Options)
    .filter(({ info }) => info.group === 'limits' || info.group === 'network')
    .map(({ key }) => key),
)

/**
 * A hash of the options and the files they name: equal keys, equal results. Errors: INPUT_NOT_FOUND, INPUT_UNREADABLE,
 * IMAGE_TOO_MANY_BYTES or IMAGE_UNSUPPORTED, with the flag, for a file that is no image.
 */
export async function checkOptions(options: ResolvedOptions, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  const entries = Object.entries(options).filter(([key]) => !WITHOUT_EFFECT.has(key))
  hash.update(JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1))))
  for (const [flag, value] of [
    ['--background', options.background],
    ['--keep', options.keep],
    ['--erase', options.erase],
  ] as const) {
    if (value?.type !== 'picture' || typeof value.source !== 'string') continue
    // What is behind an address is fetched with each image.
    if (isUrl(value.source) && !value.source.startsWith('file:')) continue
    hash.update(await readImage(flag, value.source, options, signal))
  }
  return hash.digest('hex').slice(0, 16)
}

async function readImage(
  flag: string,
  location: string,
  options: ResolvedOptions,
  signal: AbortSignal,
): Promise<Uint8Array> {
  try {
    const bytes = await createSource().read(location, options, { signal })
    if (sniff(bytes.subarray(0, SNIFF_BYTES)) === 'unknown') throw new KoutuError('IMAGE_UNSUPPORTED', { detail: location })
    return bytes
  } catch (error) {
    if (!isKoutuError(error)) throw error
    const detail = error.message.slice(error.message.indexOf(': ') + 2)
    throw new KoutuError(error.code, { detail: `${flag}: ${detail}`, data: error.data, cause: error })
  }
}
