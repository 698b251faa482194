// The many forms an image is given in, brought to what can be sent to the worker. Told apart by their tags, never by
// `instanceof`: the same class exists once in each frame.

import { KoutuError } from '@koutu/core/errors'
import type { WireInput } from '../messages.ts'

/**
 * A URL (relative ones are relative to the page), a Blob or File, a Response or stream, the bytes of an image file, pixels
 * (ImageData, ImageBitmap, VideoFrame), or an element that shows some. None of them is changed or closed.
 */
export type RemoverInput =
  | string
  | URL
  | Blob
  | Response
  | ReadableStream<Uint8Array<ArrayBuffer>>
  | ArrayBuffer
  | ArrayBufferView<ArrayBuffer>
  | ImageData
  | ImageBitmap
  | HTMLImageElement
  | HTMLCanvasElement
  | HTMLVideoElement
  | OffscreenCanvas
  | VideoFrame

/** Bitmaps among the result belong to the worker: transfer them. Errors: INPUT_UNREADABLE. */
export async function toWireInput(input: RemoverInput): Promise<WireInput> {
  if (typeof input === 'string') return { type: 'url', url: new URL(input, pageUrl()).href }
  if (ArrayBuffer.isView(input))
    return { type: 'bytes', bytes: new Uint8Array(input.buffer, input.byteOffset, input.byteLength) }
  switch (tagOf(input)) {
    case 'URL':
      return { type: 'url', url: (input as URL).href }
    case 'Blob':
    case 'File':
      return { type: 'blob', blob: input as Blob }
    case 'Response':
      return { type: 'blob', blob: await bodyOf(input as Response) }
    case 'ReadableStream':
      return { type: 'blob', blob: await read(new Response(input as ReadableStream).blob()) }
    case 'ArrayBuffer':
      return { type: 'bytes', bytes: new Uint8Array(input as ArrayBuffer) }
    case 'ImageData':
      return { type: 'pixels', pixels: input as ImageData }
    case 'HTMLImageElement':
      await read((input as HTMLImageElement).decode())
      return bitmapOf(input as ImageBitmapSource)
    case 'ImageBitmap':
    case 'HTMLCanvasElement':
    case 'HTMLVideoElement':
    case 'OffscreenCanvas':
    case 'VideoFrame':
      return bitmapOf(input as ImageBitmapSource)
    default:
      throw new KoutuError('INPUT_UNREADABLE', {
        detail: `expected a URL, Blob, bytes, pixels or an element that shows an image but received ${tagOf(input)}`,
      })
  }
}

/** Relative URLs are relative to it. */
export function pageUrl(): string {
  return document.baseURI
}

function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1)
}

async function bodyOf(response: Response): Promise<Blob> {
  if (!response.ok) {
    throw new KoutuError('INPUT_UNREADABLE', {
      detail: `expected a successful response but its status is ${response.status}`,
    })
  }
  return read(response.blob())
}

/** A copy, since the caller keeps theirs. */
async function bitmapOf(source: ImageBitmapSource): Promise<WireInput> {
  return { type: 'bitmap', bitmap: await read(createImageBitmap(source)) }
}

async function read<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading
  } catch (cause) {
    throw new KoutuError('INPUT_UNREADABLE', { detail: cause instanceof Error ? cause.message : String(cause), cause })
  }
}
