// A file of the folder: fetched and checked against its hash.

import { KoutuError } from '@koutu/core/errors'
import type { AssetFile } from './manifest.ts'

/** Errors: ASSET_MISSING, ASSET_DOWNLOAD_FAILED, ASSET_CORRUPT, ABORTED. */
export async function fetchFile(
  { name, bytes, sha256 }: AssetFile,
  baseUrl: string,
  onBytes: (done: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const url = new URL(name, baseUrl).href
  const response = await fetch(url).catch((cause: unknown) => {
    throw new KoutuError('ASSET_DOWNLOAD_FAILED', { detail: url, cause })
  })
  if (!response.ok) {
    throw new KoutuError('ASSET_MISSING', { detail: `${url}: the server answered ${response.status}` })
  }
  const whole = new Uint8Array(bytes)
  let done = 0
  for await (const part of response.body!) {
    if (done + part.length > bytes) throw corrupt(url, `expected ${bytes} bytes but received more`)
    whole.set(part, done)
    done += part.length
    onBytes(done)
  }
  if (done !== bytes) throw corrupt(url, `expected ${bytes} bytes but received ${done}`)
  const actual = await sha256Of(whole)
  if (actual !== sha256) throw corrupt(url, `expected SHA-256 ${sha256} but received ${actual}`)
  return whole
}

function corrupt(url: string, what: string): KoutuError {
  return new KoutuError('ASSET_CORRUPT', { detail: `${url}: ${what}` })
}

async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
