// What an assistant may name as input: a path, an https address, a data URL, or the handle of a former result or of an image that
// was dropped into the view.

import { basename, dirname, extname, join } from 'node:path'
import { fitName, KoutuError } from '@koutu/core'
import { HELD_PREFIX, plainName } from './held-images.ts'
import { isDataUrl, isUrl } from './options.ts'
import type { Call, Recipe, Source } from './tool.ts'

/** What messages carry at most: hosts send no larger ones over stdio. */
const MAX_DATA_URL = 10 * 2 ** 20

/** The source a text names. Errors: INVALID_OPTIONS, PATH_NOT_ALLOWED, INPUT_NOT_FOUND, HANDLE_UNKNOWN. */
export async function sourceOf(input: string, { folders, cutouts, images }: Call): Promise<Source> {
  if (input.startsWith('cutout:')) return cutouts.get(input).source
  if (input.startsWith(HELD_PREFIX)) return { type: 'held', handle: input, name: images.get(input).name }
  if (isUrl(input)) {
    if (!URL.canParse(input)) throw new KoutuError('URL_REFUSED', { detail: 'expected a valid URL' })
    return { type: 'url', url: input }
  }
  if (isDataUrl(input)) return { type: 'held', handle: images.add(bytesOfDataUrl(input), 'image'), name: 'image' }
  return { type: 'path', path: await folders.readable(input) }
}

/** Bytes, or an address that is fetched behind the guard. */
export async function readSource(
  source: Source,
  { folders, images }: Call,
  maxBytes: number,
): Promise<Uint8Array | URL> {
  if (source.type === 'url') return new URL(source.url)
  return source.type === 'held' ? images.get(source.handle).bytes : folders.read(source.path, maxBytes)
}

/** Without a query, which may hold secrets. */
export function labelOf(source: Source): string {
  if (source.type === 'path') return source.path
  if (source.type === 'held') return 'the image'
  const { protocol, host, pathname } = new URL(source.url)
  return `${protocol}//${host}${pathname}`
}

/**
 * Where a result goes that was given no place: beside its input, or into the first allowed folder. `former` is the result
 * that it changes: then a number tells the two apart.
 */
export async function placeFor(source: Source, extension: string, { folders }: Call, former?: Recipe): Promise<string> {
  if (former) return numbered(former.output, extension)
  if (source.type === 'path') {
    const stem = basename(source.path, extname(source.path))
    return join(dirname(source.path), fitName(stem, `.cutout.${extension}`))
  }
  const [first] = await folders.list()
  if (first === undefined) throw new KoutuError('PATH_NOT_ALLOWED', { detail: folders.whyNone })
  const name = source.type === 'held' ? source.name : plainName(basename(new URL(source.url).pathname))
  return join(first, fitName(name, `.cutout.${extension}`))
}

/** `x.cutout.png`, `x.cutout-2.png`, `x.cutout-3.png` … */
function numbered(path: string, extension: string): string {
  const stem = basename(path, extname(path))
  const [, name = stem, number = '1'] = /^(.*)-(\d{1,4})$/.exec(stem) ?? []
  return join(dirname(path), fitName(name, `-${Number(number) + 1}.${extension}`))
}

function bytesOfDataUrl(text: string): Uint8Array {
  if (text.length > (MAX_DATA_URL * 4) / 3 + 100)
    throw new KoutuError('IMAGE_TOO_MANY_BYTES', { detail: `expected at most ${MAX_DATA_URL} bytes in a data URL` })
  const comma = text.indexOf(',')
  if (comma < 0 || !/;base64$/i.test(text.slice(0, comma)))
    throw new KoutuError('INPUT_UNREADABLE', { detail: 'expected a data URL with base64' })
  return Buffer.from(text.slice(comma + 1), 'base64')
}
