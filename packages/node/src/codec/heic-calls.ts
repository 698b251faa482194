// What is asked of the HEIC thread.

export interface HeicRequest {
  readonly bytes: Uint8Array
  /** Name of the package that decodes, `heic-decode` but in tests. */
  readonly packageName: string
  readonly maxPixels: number
}

export interface HeicPixels {
  readonly width: number
  readonly height: number
  /** Oriented as the file asks, in its own color space. */
  readonly rgba: Uint8Array
}

export type HeicCalls = {
  decode(request: HeicRequest): HeicPixels
}
