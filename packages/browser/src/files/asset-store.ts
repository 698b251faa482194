// Files of the folder: from the browser's cache, else from the network; checked against their hash.

import { toKoutuError } from '@koutu/core/errors'
import type { Warning } from '@koutu/core/ports'
import { corrupt, type DownloadDeps, download } from './download.ts'
import type { AssetFile } from './manifest.ts'
import { PART_BYTES, type PartCache } from './part-cache.ts'
import type { Digest } from './sha256.ts'

export type OnBytes = (phase: 'cache' | 'download', done: number) => void

export interface AssetStore {
  urlOf(file: AssetFile): string
  /** The caller owns the bytes. Errors: ASSET_*. */
  read(file: AssetFile, onBytes?: OnBytes): Promise<Uint8Array<ArrayBuffer>>
  isCached(file: AssetFile): Promise<boolean>
  /** What keeps files from being kept, if anything does. */
  readonly warnings: readonly Warning[]
}

export interface AssetStoreDeps extends DownloadDeps {
  readonly baseUrl: string
  /** Null where the browser has none for this page, or where there is no need of one. */
  readonly cache: PartCache | null
  /** Whether the files came with the page, as in an extension or an application with a protocol of its own. */
  readonly isLocal: boolean
  /** Null where the browser has none for this page: then lengths alone are checked. */
  readonly digest: Digest | null
  /** Runs `work` while no other tab of this origin does so under the same name. */
  readonly alone: <T>(name: string, work: () => Promise<T>) => Promise<T>
}

export function createAssetStore({ baseUrl, cache, isLocal, digest, alone, ...network }: AssetStoreDeps): AssetStore {
  // Browsers offer both to secure pages, or neither.
  const warnings: Warning[] = digest && (cache || isLocal) ? [] : [NOT_SECURE]
  const urlOf = ({ name }: AssetFile) => new URL(name, baseUrl).href

  /** From the cache what is there, the rest from the network. `from` counts what came from the cache. */
  const load = async (file: AssetFile, onBytes: OnBytes) => {
    const url = urlOf(file)
    const whole = new Uint8Array(file.bytes)
    const from = cache ? await cache.read(url, whole).catch(() => 0) : 0
    if (from > 0) onBytes('cache', from)
    let kept = from
    let writing: Promise<void> = Promise.resolve()
    const keep = (done: number) => {
      // The server knows no ranges: what is there comes again.
      if (done < kept) kept = 0
      if (!cache || warnings.length > 0 || (done - kept < PART_BYTES && done < file.bytes)) return
      const begin = kept
      kept = done - (done < file.bytes ? done % PART_BYTES : 0)
      writing = writing
        .then(() => cache.write(url, whole, begin, done))
        .catch((error: unknown) => {
          if (warnings.length === 0) warnings.push(notKept(error))
        })
    }
    const onPart = (done: number) => {
      onBytes('download', done)
      keep(done)
    }
    if (from < file.bytes) await download(url, whole, from, onPart, network)
    await writing
    // Half a file would take room and be of no use.
    if (warnings.length > 0) await cache?.remove(url, file.bytes).catch(() => {})
    return { whole, from, actual: digest ? await digest(whole) : file.sha256 }
  }

  return {
    urlOf,
    warnings,
    read: (file, onBytes = () => {}) =>
      alone(`koutu:${urlOf(file)}`, async () => {
        const first = await load(file, onBytes)
        if (first.actual === file.sha256) return first.whole
        await cache?.remove(urlOf(file), file.bytes).catch(() => {})
        // What the cache held may have been damaged; what the network gave is what it gives.
        const last = first.from > 0 ? await load(file, onBytes) : first
        if (last.actual === file.sha256) return last.whole
        await cache?.remove(urlOf(file), file.bytes).catch(() => {})
        throw corrupt(urlOf(file), file, last.actual)
      }),
    isCached: async (file) => isLocal || (cache ? cache.has(urlOf(file), file.bytes).catch(() => false) : false),
  }
}

const NOT_SECURE: Warning = {
  code: 'page-not-secure',
  message:
    'The page is not secure (HTTPS), so the browser offers it neither a cache nor SHA-256: files are downloaded on each visit and only their lengths are checked.',
}

function notKept(error: unknown): Warning {
  const { message } = toKoutuError(error)
  return { code: 'cache-full', message: `Downloaded files could not be kept in the browser's cache: ${message}` }
}
