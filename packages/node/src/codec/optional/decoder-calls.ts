// What is asked of the decoder thread.

import type { OptionalFormat } from './decoders.ts'

export interface DecoderRequest {
  readonly format: OptionalFormat
  readonly bytes: Uint8Array
  readonly packageName: string
  readonly maxPixels: number
}

/** Pixels in the file's own color space, oriented as the file asks. */
export interface DecodedPixels {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3 | 4
  readonly data: Uint8Array | Uint16Array
}

/** A PNG of the first frame, with the color space of its pixels. */
interface DecodedPng {
  readonly png: Uint8Array
  readonly frames: number
  /** Whether an HDR image was mapped to the tones of SDR. */
  readonly isToneMapped: boolean
}

export type Decoded = DecodedPixels | DecodedPng

/** Of one format, in the decoder thread. Anything thrown but a KoutuError is IMAGE_CORRUPT. */
export type Decoder = (request: DecoderRequest) => Promise<Decoded>

export type DecoderCalls = {
  decode(request: DecoderRequest): Decoded
}
