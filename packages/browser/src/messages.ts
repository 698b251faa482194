// What the page and its worker say to each other. Structured clone, so blobs, bitmaps and typed arrays travel as they are.

import type { KoutuErrorInit } from '@koutu/core/errors'
import type { Options } from '@koutu/core/options'
import type { Report } from '@koutu/core/pipeline'
import type { Plane, Raster } from '@koutu/core/pixels'
import type { EncodeRequest, KoutuEvent } from '@koutu/core/ports'
import type { AssetManifest } from './files/manifest.ts'

export type Device = 'auto' | 'webgpu' | 'wasm'

export type WireInput =
  | { readonly type: 'url'; readonly url: string }
  | { readonly type: 'blob'; readonly blob: Blob }
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly type: 'bitmap'; readonly bitmap: ImageBitmap }
  | { readonly type: 'pixels'; readonly pixels: ImageData }

/** Pixels outside of the heap of page and worker, which may end before they are encoded. */
export interface StoredRaster extends Omit<Raster, 'data'> {
  readonly data: Blob
  readonly bytesPerSample: 1 | 2
}

export interface RemoveResult {
  readonly raster: StoredRaster
  readonly alpha: Plane
  readonly report: Report
  readonly encode: EncodeRequest
}

/** Requests by name, and what each answers. */
export interface Requests {
  remove: { ask: { readonly input: WireInput; readonly options: Options }; answer: RemoveResult }
  warm: { ask: { readonly options: Options }; answer: null }
  encode: { ask: { readonly raster: StoredRaster; readonly request: EncodeRequest }; answer: Blob }
  rgba: { ask: { readonly raster: StoredRaster }; answer: ArrayBuffer }
}
export type RequestName = keyof Requests

/** The first message: whose files the worker uses, and how. */
export interface OpenMessage {
  readonly type: 'open'
  readonly baseUrl: string
  /** What relative URLs are relative to. */
  readonly pageUrl: string
  readonly manifest: AssetManifest
  readonly device: Device
}
export type ToWorker =
  | OpenMessage
  | { readonly type: 'abort'; readonly id: number }
  | {
      readonly [K in RequestName]: { readonly type: K; readonly id: number; readonly ask: Requests[K]['ask'] }
    }[RequestName]

interface ErrorMessage extends Pick<KoutuErrorInit, 'data'> {
  readonly code: string
  readonly message: string
}
export type FromWorker =
  | { readonly type: 'event'; readonly id: number; readonly event: KoutuEvent }
  | { readonly type: 'answer'; readonly id: number; readonly answer: Requests[RequestName]['answer'] }
  | { readonly type: 'failed'; readonly id: number; readonly error: ErrorMessage }
