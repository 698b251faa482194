// Finds the worker's file and starts it.

import { KoutuError } from '@koutu/core/errors'
import { type AssetManifest, MANIFEST_NAME, readManifest } from '../files/manifest.ts'
import type { Device, OpenMessage } from '../messages.ts'
import { pageUrl } from './inputs.ts'

export interface WorkerSettings {
  /** Of the folder of files, with a slash at its end. */
  readonly baseUrl: string
  readonly device: Device
}

/** Errors: ASSET_MISSING, ASSET_INVALID. */
export async function openWorker({ baseUrl, device }: WorkerSettings): Promise<Worker> {
  const manifest = await fetchManifest(baseUrl)
  const worker = new Worker(new URL(manifest.worker.name, baseUrl), { type: 'module', name: 'koutu' })
  worker.postMessage({ type: 'open', baseUrl, pageUrl: pageUrl(), manifest, device } satisfies OpenMessage)
  return worker
}

async function fetchManifest(baseUrl: string): Promise<AssetManifest> {
  const url = new URL(MANIFEST_NAME, baseUrl).href
  const missing = (reason: string, cause?: unknown) =>
    new KoutuError('ASSET_MISSING', {
      detail: `${url}: ${reason}; npx koutu browser-assets FOLDER writes the files, and baseUrl says where they are served`,
      cause,
    })
  const response = await fetch(url, { cache: 'no-cache' }).catch((cause: unknown) => {
    throw missing('the request failed', cause)
  })
  if (!response.ok) throw missing(`the server answered ${response.status}`)
  return readManifest(await response.json().catch(() => null))
}
