// A result as a program gets it: pixels that are encoded when a file is requested. Knows no thread and no codec.

import {
  type CoarseAlpha,
  type EncodeRequest,
  extensionOf,
  FORMAT_FILES,
  formatOfPath,
  invalidOptions,
  type Layer,
  OUTPUT_FORMATS,
  type OutputFormat,
  type Plane,
  type Raster,
  type Report,
  type Warning,
} from '@koutu/core'
import type { RemoveResult } from './host-calls.ts'

export interface CutoutImage {
  readonly format: OutputFormat
  readonly mimeType: string
  readonly width: number
  readonly height: number
  /** The encoded file. Encoded at the first call, off the caller's thread; the same bytes afterwards. */
  bytes(): Promise<Uint8Array<ArrayBuffer>>
  /** The encoded file with its media type. */
  blob(): Promise<Blob>
  /** The encoded file as a stream of bytes. Encoded when it is first read. */
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>
  /**
   * A copy of the pixels: row-major from the top left, straight alpha, 8 or 16 bits a sample as the image has. Channels: RGBA, RGB
   * over an opaque background, or gray for a mask.
   */
  raw(): Promise<RawImage>
}

export interface RawImage {
  readonly data: Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3 | 4
}

export interface Cutout {
  readonly image: CutoutImage
  /** Foreground share of each pixel of the whole image, in [0, 1], at full resolution. The caller owns it. */
  readonly alpha: Plane
  /**
   * What the network found, with 8 bits, for `refine`; null where a service answered with a finished cutout. Plain data: it can
   * be stored, and sent to another process.
   */
  readonly coarse: CoarseAlpha | null
  readonly report: Report
  readonly warnings: readonly Warning[]
  /**
   * Writes the result, whole or not at all, in the format of the extension (png, webp, avif, jpg, tiff), or, where the name has
   * none, in that of the options. Makes missing folders, and replaces a file that exists.
   * Errors: OUTPUT_UNWRITABLE, INVALID_OPTIONS for another extension and where the format cannot hold the result.
   */
  toFile(path: string): Promise<void>
}

/** A file, and the pixels that it was made of, which may have been in another thread meanwhile. */
export interface Encoded {
  readonly bytes: Uint8Array
  readonly raster: Raster
  readonly layers?: readonly Layer[] | undefined
}

export type Encode = (raster: Raster, request: EncodeRequest) => Promise<Encoded>

export function toCutout({ raster, alpha, coarse, report, encode: request }: RemoveResult, encode: Encode): Cutout {
  const timingsMs: Record<string, number> = { ...report.timingsMs }
  /** Encoders run one after the other: each has the pixels to itself. */
  let held: Promise<Omit<Encoded, 'bytes'>> = Promise.resolve({ raster, layers: request.layers })
  const encodeAs = async (format: OutputFormat): Promise<Uint8Array<ArrayBuffer>> => {
    const encoded = held.then(({ raster, layers }) =>
      encode(raster, { ...request, ...(layers ? { layers } : {}), format }),
    )
    held = encoded
    // Told to whoever asked for it.
    held.catch(() => {})
    const { bytes } = await encoded
    return isUnshared(bytes) ? bytes : new Uint8Array(bytes)
  }
  const firstBytes = async () => {
    const begin = performance.now()
    const encoded = await encodeAs(request.format)
    timingsMs.encode = performance.now() - begin
    return encoded
  }
  let encoded: Promise<Uint8Array<ArrayBuffer>> | null = null
  const bytes = () => {
    encoded ??= firstBytes()
    return encoded
  }
  const mimeType = FORMAT_FILES[request.format].mimeType
  const { width, height } = raster
  return {
    image: {
      format: request.format,
      mimeType,
      width,
      height,
      bytes,
      blob: async () => new Blob([await bytes()], { type: mimeType }),
      stream: () => streamOf(bytes),
      raw: async () => copyOf((await held).raster),
    },
    alpha,
    coarse,
    report: { ...report, timingsMs },
    warnings: report.warnings,
    async toFile(path) {
      const format = formatFor(path, request.format)
      // Encoding begins at once, before another image takes its memory. Most callers never load the module.
      const encoding = format === request.format ? bytes() : encodeAs(format)
      const [file, { writeWhole }] = await Promise.all([encoding, import('./write-file.ts')])
      await writeWhole(path, file)
    },
  }
}

/** Errors: INVALID_OPTIONS for an unknown extension, and for a format whose parts were not made. */
function formatFor(path: string, made: OutputFormat): OutputFormat {
  const format = formatOfPath(path) ?? made
  if (formatOfPath(path) === null && extensionOf(path) !== '') {
    const message = `Expected one of the extensions ${OUTPUT_FORMATS.join(', ')}, or none, but received '${path}'`
    throw invalidOptions([{ path: 'path', message }])
  }
  if (format === made || (!LAYERED.has(format) && !LAYERED.has(made))) return format
  const message = `Expected '${format}' to write '${path}' but the result was made as '${made}'`
  throw invalidOptions([{ path: 'format', message }])
}

const LAYERED: ReadonlySet<OutputFormat> = new Set(['zip', 'psd'])

function streamOf(bytes: () => Promise<Uint8Array<ArrayBuffer>>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream(
    {
      async pull(controller) {
        // A copy: readers of a stream may transfer its chunks.
        controller.enqueue((await bytes()).slice())
        controller.close()
      },
    },
    { highWaterMark: 0 },
  )
}

function copyOf({ data, width, height, channels }: Raster): RawImage {
  return { data: data instanceof Uint16Array ? new Uint16Array(data) : new Uint8Array(data), width, height, channels }
}

function isUnshared(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer
}
