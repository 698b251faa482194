// Results as files in allowed folders.

import { open, rm } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { FORMAT_FILES, formatOfPath, KoutuError, type OutputFormat } from '@koutu/core'
import type { Results } from './results.ts'
import { placeFor } from './sources.ts'
import type { Call } from './tool.ts'

export const fileResults: Results = {
  withPlace(values, output) {
    const format = output === undefined ? null : formatOfPath(output)
    return format === null || values.format !== undefined ? values : { ...values, format }
  },
  async open({ source, format, output, overwrite, former }, call) {
    const place = output ?? (await placeFor(source, FORMAT_FILES[format].extension, call, former))
    const path = await call.folders.writable(place)
    const claim = await claimFile(path, overwrite)
    return {
      async keep(cut, signal) {
        const bytes = await cut.bytes()
        signal.throwIfAborted()
        await writeInside(path, bytes, { ...call, format: cut.format })
        claim.keep()
        return { output: path, uri: pathToFileURL(path).href, bytes: bytes.length }
      },
      [Symbol.asyncDispose]: () => claim[Symbol.asyncDispose](),
    }
  },
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
