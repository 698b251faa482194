// What the HEIC worker is given, and what it answers.

export interface HeicJob {
  readonly bytes: Uint8Array
  /** Name of the package that decodes, `heic-decode` but in tests. */
  readonly packageName: string
  readonly maxPixels: number
}

export type HeicAnswer =
  | { readonly type: 'pixels'; readonly width: number; readonly height: number; readonly rgba: ArrayBuffer }
  | { readonly type: 'missing' }
  | { readonly type: 'too-large'; readonly pixels: number }
  | { readonly type: 'corrupt'; readonly message: string }
