// Finds the worker's file and starts it.

import { KoutuError } from '@koutu/core/errors'
import { type AssetManifest, MANIFEST_NAME, readManifest } from '../files/manifest.ts'
import type { Device, OpenMessage } from '../messages.ts'
import type { OpenedWorker } from './client.ts'
import { pageUrl } from './inputs.ts'

export interface WorkerSettings {
  /** Of the folder of files, with a slash at its end. */
  readonly baseUrl: string
  readonly device: Device
}

let opened = 0

/** Errors: ASSET_MISSING, ASSET_INVALID. */
export async function openWorker({ baseUrl, device }: WorkerSettings): Promise<OpenedWorker> {
  const manifest = await fetchManifest(baseUrl)
  const worker = new Worker(new URL(manifest.worker.name, baseUrl), { type: 'module', name: 'koutu' })
  // Locks are shared by all pages of an origin.
  const lifeLock = `koutu:${performance.timeOrigin}:${opened++}:${Math.random()}`
  const message: OpenMessage = { type: 'open', baseUrl, pageUrl: pageUrl(), manifest, device, lifeLock }
  worker.postMessage(message)
  return { worker, lifeLock }
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
