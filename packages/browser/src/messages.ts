// What the page asks of its worker. Structured clone, so blobs, bitmaps and typed arrays travel as they are.

import type { Options } from '@koutu/core/options'
import type { CoarseAlpha, Report } from '@koutu/core/pipeline'
import type { Plane } from '@koutu/core/pixels'
import type { EncodeRequest, Layer } from '@koutu/core/ports'
import type { StoredRaster } from './codec/stored-raster.ts'
import type { AssetManifest } from './files/manifest.ts'

export type Device = 'auto' | 'webgpu' | 'wasm'

export type WireInput =
  | { readonly type: 'url'; readonly url: string }
  | { readonly type: 'blob'; readonly blob: Blob }
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly type: 'bitmap'; readonly bitmap: ImageBitmap }
  | { readonly type: 'pixels'; readonly pixels: ImageData }

/** How to encode a result, with its layers. */
export interface StoredRequest extends Omit<EncodeRequest, 'layers'> {
  readonly layers: readonly (Omit<Layer, 'raster'> & { readonly raster: StoredRaster })[]
}

export interface RemoveResult {
  readonly raster: StoredRaster
  readonly alpha: Plane
  readonly coarse: CoarseAlpha | null
  readonly report: Report
  readonly encode: StoredRequest
}

/** What can be called in the worker. */
export type WorkerCalls = {
  /** `coarse` stands in for the network. */
  remove(request: {
    readonly input: WireInput
    readonly options: Options
    readonly coarse?: CoarseAlpha | undefined
  }): RemoveResult
  /** Loads the network. */
  warm(request: { readonly options: Options }): null
  /** Downloads what these options need, and loads nothing. */
  preload(request: { readonly options: Options }): null
  /** Whether nothing would have to be downloaded. */
  cached(request: { readonly options: Options }): boolean
  encode(request: { readonly raster: StoredRaster; readonly request: StoredRequest }): Blob
  rgba(request: { readonly raster: StoredRaster }): ArrayBuffer
}

/** The first message to the worker: whose files it uses, and how. */
export interface OpenMessage {
  readonly type: 'open'
  readonly baseUrl: string
  /** What relative URLs are relative to. */
  readonly pageUrl: string
  readonly manifest: AssetManifest
  readonly device: Device
  /** Name of the lock that the worker holds as long as it lives. */
  readonly lifeLock: string
}

/** The worker's first message. */
export interface AliveMessage {
  readonly type: 'alive'
  /** False where this page has no locks. */
  readonly holdsLock: boolean
}
