// The network's part of a file: from an offset to its end, going on where a connection broke off.

import { KoutuError } from '@koutu/core/errors'
import type { AssetFile } from './manifest.ts'

/** Attempts in a row that bring nothing. */
const MAX_ATTEMPTS = 4
const FIRST_PAUSE_MS = 250

export interface DownloadDeps {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  readonly pause: (ms: number) => Promise<void>
}

/**
 * Fills `whole`, of which `from` bytes are there already, and calls `onBytes` with what is there each time some have come. Starts at
 * 0 again where the server knows no ranges. Errors: ASSET_MISSING, ASSET_DOWNLOAD_FAILED, ASSET_CORRUPT for another length.
 */
export async function download(
  url: string,
  whole: Uint8Array<ArrayBuffer>,
  from: number,
  onBytes: (done: number) => void,
  { fetch, pause }: DownloadDeps,
): Promise<void> {
  let done = from
  let failed = 0
  let failure = new KoutuError('ASSET_DOWNLOAD_FAILED', { detail: url })
  while (done < whole.length) {
    if (failed === MAX_ATTEMPTS) throw failure
    if (failed > 0) await pause(FIRST_PAUSE_MS * 2 ** (failed - 1))
    const before = done
    try {
      const response = await fetch(url, done > 0 ? { headers: { range: `bytes=${done}-` } } : {})
      if (!continues(response, done)) done = 0
      checkStatus(response, url)
      for await (const part of response.body ?? []) {
        if (done + part.length > whole.length) throw otherLength(url, whole.length, 'more')
        whole.set(part, done)
        done += part.length
        onBytes(done)
      }
      failure = otherLength(url, whole.length, String(done))
    } catch (cause) {
      if (cause instanceof KoutuError && cause.code !== 'ASSET_DOWNLOAD_FAILED') throw cause
      failure = new KoutuError('ASSET_DOWNLOAD_FAILED', { detail: `${url}: ${(cause as Error).message}`, cause })
    }
    failed = done > before ? 0 : failed + 1
  }
}

/** Whether this is the rest of the file, in plain bytes: a part of something compressed cannot be read. */
function continues({ status, headers }: Response, done: number): boolean {
  const start = /^bytes (\d+)-/.exec(headers.get('content-range') ?? '')?.[1]
  return status === 206 && Number(start) === done && !headers.has('content-encoding')
}

/** What may pass is tried again. */
function checkStatus({ status, ok }: Response, url: string): void {
  if (ok) return
  const detail = `${url}: the server answered ${status}`
  const mayPass = status >= 500 || status === 429 || status === 408 || status === 416
  throw new KoutuError(mayPass ? 'ASSET_DOWNLOAD_FAILED' : 'ASSET_MISSING', { detail })
}

function otherLength(url: string, expected: number, actual: string): KoutuError {
  return new KoutuError('ASSET_CORRUPT', { detail: `${url}: expected ${expected} bytes but received ${actual}` })
}

export function corrupt(url: string, { sha256 }: AssetFile, actual: string): KoutuError {
  return new KoutuError('ASSET_CORRUPT', { detail: `${url}: expected SHA-256 ${sha256} but received ${actual}` })
}
