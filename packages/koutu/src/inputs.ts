// Normalizes inputs to a location (path or URL), bytes, or raw pixels. Types are detected by shape, never by `instanceof`: the
// same class exists once per realm (Jest, vm, iframes) and per copy of a package.

import { types } from 'node:util'
import { isKoutuError, KoutuError } from '@koutu/core'
import { collectBytes, tooManyBytes } from './collect-bytes.ts'
import { orAbort } from './or-abort.ts'
import { checkPixels, type RawPixels } from './raw-pixels.ts'
import { shorten } from './shorten.ts'

/** An image of sharp's, with whatever is to be done to it. It stays usable: a clone is read. */
export interface SharpLike {
  clone(): SharpLike
  keepMetadata(): SharpLike
  png(options: { compressionLevel: number }): { toBuffer(): Promise<Uint8Array> }
}

/** A `Response` or a `Request`, of `fetch` or of a library that looks like it. */
export interface BodyLike {
  readonly body: AsyncIterable<unknown> | ReadableStream | null
  arrayBuffer(): Promise<ArrayBuffer>
}

/**
 * A path; a `file:`, `http(s):` or `data:` URL; the bytes of an image file in any kind of buffer or view; a Blob, a File or a
 * Response; a stream of bytes; raw pixels such as ImageData; or an image of sharp's.
 */
export type RemoverInput =
  | string
  | URL
  | ArrayBufferView
  | ArrayBufferLike
  | Blob
  | BodyLike
  | ReadableStream
  | AsyncIterable<Uint8Array>
  | RawPixels
  | SharpLike

export type PlainInput =
  | { readonly location: string }
  | {
      readonly bytes: Uint8Array
      /** Whether the bytes have no other owner, so that their buffer may be transferred. */
      readonly isOwn: boolean
      /** Whether they are pixels that were in memory before: limits to the bytes of a file do not concern them. */
      readonly isRaw?: boolean
    }
  | { readonly pixels: RawPixels }

/**
 * Streams are read whole, up to `maxBytes`.
 * Errors: IMAGE_TOO_MANY_BYTES, INPUT_UNREADABLE, ABORTED.
 */
export async function plainInput(input: RemoverInput, maxBytes: number, signal?: AbortSignal): Promise<PlainInput> {
  if (typeof input === 'string') return { location: input }
  if (typeof input === 'object' && input !== null) {
    const found = await fromObject(input as object, maxBytes, signal)
    if (found) return found
  }
  throw new KoutuError('INPUT_UNREADABLE', {
    detail: `expected a path, URL, bytes, Blob, Response, stream, raw pixels or sharp image but received ${nameOf(input)}`,
  })
}

async function fromObject(input: object, maxBytes: number, signal?: AbortSignal): Promise<PlainInput | null> {
  const limit = (bytes: Uint8Array) => {
    if (bytes.byteLength > maxBytes) throw tooManyBytes(maxBytes)
    return bytes
  }
  if (ArrayBuffer.isView(input)) return plainBytes(limit(bytesOf(input)))
  if (types.isAnyArrayBuffer(input)) return plainBytes(limit(new Uint8Array(attached(input))))
  if (isUrl(input)) return { location: input.href }
  // Before streams, because an image of sharp's is a stream, too.
  if (isSharp(input)) return fromSharp(input, signal)
  if (isRawPixels(input)) return { pixels: plainPixels(input) }
  if (isBlob(input)) {
    if (input.size > maxBytes) throw tooManyBytes(maxBytes)
    return { bytes: limit(new Uint8Array(await readable(input.arrayBuffer(), signal))), isOwn: true }
  }
  const stream = isBody(input) ? bodyOf(input) : input
  if (!isStream(stream)) return null
  return { bytes: await collectBytes(stream, maxBytes, signal), isOwn: true }
}

/** Errors: INPUT_UNREADABLE for a buffer that has been transferred, such as to a worker. */
function attached(buffer: ArrayBufferLike): ArrayBufferLike {
  if (!(buffer as Partial<ArrayBuffer>).detached) return buffer
  throw new KoutuError('INPUT_UNREADABLE', { detail: 'the buffer was transferred and is empty' })
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(attached(buffer), byteOffset, byteLength)
}

/**
 * A copy where the bytes are a small part of a large buffer, which would go along as a whole, or lie where others may change
 * them or their number meanwhile.
 */
function plainBytes(bytes: Uint8Array): { readonly bytes: Uint8Array; readonly isOwn: boolean } {
  const { buffer } = bytes
  const isPlain =
    !types.isSharedArrayBuffer(buffer) && !(buffer as ArrayBuffer).resizable && bytes.byteLength === buffer.byteLength
  return isPlain ? { bytes, isOwn: false } : { bytes: new Uint8Array(bytes), isOwn: true }
}

/** Metadata stays, because its orientation is still to be applied, unless sharp was told to. */
async function fromSharp(image: SharpLike, signal: AbortSignal | undefined): Promise<PlainInput> {
  const bytes = await readable(image.clone().keepMetadata().png({ compressionLevel: 0 }).toBuffer(), signal)
  return { ...plainBytes(bytes), isRaw: true }
}

function plainPixels(pixels: RawPixels): RawPixels {
  const { data, width, height, channels } = pixels
  checkPixels(pixels)
  return { data: plainBytes(bytesOf(data)).bytes, width, height, channels }
}

function bodyOf(input: BodyLike): unknown {
  const { ok, status } = input as { ok?: unknown; status?: unknown }
  if (ok === false) {
    throw new KoutuError('INPUT_UNREADABLE', { detail: `expected a successful response but its status is ${status}` })
  }
  if (!isStream(input.body)) throw new KoutuError('INPUT_UNREADABLE', { detail: 'the response has no body' })
  return input.body
}

/** Errors: INPUT_UNREADABLE, ABORTED. */
async function readable<T>(reading: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  try {
    return await orAbort(reading, signal)
  } catch (error) {
    if (isKoutuError(error)) throw error
    const detail = shorten(error instanceof Error ? error.message : String(error))
    throw new KoutuError('INPUT_UNREADABLE', { detail, cause: error })
  }
}

const has = (value: object, ...methods: readonly string[]) =>
  methods.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')

function isUrl(value: object): value is URL {
  const { href, protocol } = value as Partial<URL>
  return typeof href === 'string' && typeof protocol === 'string'
}

function isSharp(value: object): value is SharpLike {
  return has(value, 'clone', 'keepMetadata', 'png', 'metadata', 'toBuffer')
}

function isRawPixels(value: object): value is RawPixels {
  const { data, width, height } = value as Partial<RawPixels>
  return ArrayBuffer.isView(data) && typeof width === 'number' && typeof height === 'number'
}

function isBlob(value: object): value is Blob {
  return has(value, 'arrayBuffer', 'slice') && typeof (value as Partial<Blob>).size === 'number'
}

function isBody(value: object): value is BodyLike {
  return has(value, 'arrayBuffer') && 'body' in value
}

function isStream(value: unknown): value is AsyncIterable<unknown> | ReadableStream {
  return typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || has(value, 'getReader'))
}

/** What something is, in a few words. */
function nameOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value !== 'object') return `${typeof value} ${shorten(String(value), 40)}`
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name
  return Array.isArray(value)
    ? 'an array'
    : `an object of ${shorten(typeof name === 'string' && name ? name : 'no class', 40)}`
}
