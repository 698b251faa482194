// What the tests may ask of the library's ports inside a browser.

import type { EngineRequest } from '@koutu/core/options'
import type { Raster, Size } from '@koutu/core/pixels'
import type { DecodeRequest, EncodeRequest, Picture, Segmentation } from '@koutu/core/ports'

/** A signal does not travel: whether it has fired already. */
interface Asked {
  readonly isAborted: boolean
}

/** `srgb` is null where it is `color`. */
export type WirePicture = Omit<Picture, 'srgb'> & { readonly srgb: Raster | null }

export type PortCalls = {
  decode(request: Asked & { readonly bytes: Uint8Array; readonly request: DecodeRequest }): WirePicture
  encode(request: Asked & { readonly raster: Raster; readonly request: EncodeRequest }): Uint8Array
  cover(request: Asked & { readonly raster: Raster; readonly size: Size }): Raster
  blur(request: Asked & { readonly raster: Raster; readonly sigmaPx: number }): Raster
  warm(request: Asked & { readonly request: EngineRequest }): null
  segment(request: Asked & { readonly picture: WirePicture; readonly request: EngineRequest }): Segmentation
  /** A white square on black through the library's public call, in the page. */
  cut(request: { readonly options: object }): CutAnswer
}

interface CutAnswer {
  readonly precision: string | null
  readonly warnings: readonly string[]
  readonly isIsolated: boolean
  readonly png: Uint8Array
}

/** Where the page's end of the line is. */
export const TO_PAGE = '/line/calls'
export const FROM_PAGE = '/line/answers'
