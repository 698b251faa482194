// Ports of the server. Database and blobs have adapters in this package; the composition root provides runner and fetcher.
// Names no implementation.

import type { CoarseAlpha, Ctx, ErrorCode, Report, ResolvedOptions } from '@koutu/core'

export interface Sql {
  /** One statement with `$1` placeholders. */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>
}

export interface Database extends Sql, AsyncDisposable {
  readonly kind: 'pglite' | 'postgres'
  /** Commits what `run` did, or rolls all of it back when `run` throws. */
  transaction<T>(run: (sql: Sql) => Promise<T>): Promise<T>
  /** Tells all who listen, soon. A hint: it may be lost. Call it after the commit of what it tells. */
  notify(channel: string, payload: string): void
  /** Calls back for each notification, and once after every (re)connection, because some may have been missed meanwhile. */
  listen(channel: string, onPayload: (payload: string | null) => void): Promise<() => Promise<void>>
}

/** Bytes in the store, addressed by a key that the server made itself: never by anything a client wrote. */
export interface BlobRef {
  readonly key: string
  readonly bytes: number
  /** Hex. Serves as ETag, and tells whether a repeated request is the same. */
  readonly sha256: string
  readonly contentType: string
}

/** A file of this machine. */
export interface LocalFile {
  readonly path: string
}

/** Up to this, passing bytes is as quick as a file, and most photos for the web are smaller. */
export const MAX_CONTENT_BYTES = 2 ** 20

/** A whole file: as bytes up to `MAX_CONTENT_BYTES`, a larger one where it takes no memory. */
export type Content = Uint8Array | LocalFile

/** A blob as it lies on this machine now. */
interface LocalBlob extends LocalFile {
  readonly bytes: number
  readonly sha256: string
}

export interface PutOptions {
  readonly contentType: string
  /** Refuses more with IMAGE_TOO_MANY_BYTES as soon as they have arrived. */
  readonly maxBytes?: number
  readonly signal?: AbortSignal
}

export interface StoredBlob {
  readonly key: string
  readonly bytes: number
  readonly modifiedAtMs: number
}

/** Errors: STORAGE_FULL, STORAGE_FAILED, ABORTED. */
export interface Blobs {
  /** All or nothing: until it resolves there is nothing under the key. An existing blob is replaced. A file is not written to later. */
  put(key: string, source: Content | AsyncIterable<Uint8Array>, options: PutOptions): Promise<BlobRef>
  /** The whole blob, or the bytes from `start` to before `end`; null when there is none of that key. */
  read(
    key: string,
    range?: { readonly start: number; readonly end: number },
  ): Promise<ReadableStream<Uint8Array> | null>
  /** The file of a blob, read through; null when there is none of that key. Stores elsewhere do without. */
  local?(key: string): Promise<LocalBlob | null>
  /** Deleting what is not there is no error. */
  delete(keys: readonly string[]): Promise<void>
  /** Every blob whose key begins with `prefix`, in no particular order. */
  list(prefix: string): AsyncIterable<StoredBlob>
  /** Resolves when the store can be written to. */
  check(): Promise<void>
}

/** Everything about a coarse alpha but its pixels. */
export type CoarseFacts = Omit<CoarseAlpha, 'data'>

/** A coarse alpha as a file: a gray PNG of 8 bits. */
export interface CoarseFile {
  readonly file: Uint8Array
  readonly facts: CoarseFacts
}

export interface RunRequest {
  readonly input: Content
  /** An image as background comes as bytes or as the path of a file that the server made: nothing that a client wrote. */
  readonly options: ResolvedOptions
  /** What a network found in this image before: none runs. */
  readonly coarse?: CoarseFile | undefined
  /** Runs alone in a process of its own: what crashed before must not take others with it. */
  readonly isIsolated: boolean
  /** Where a large result may be left as a file, which the caller deletes. */
  readonly resultPath?: string
}

export interface RunResult {
  readonly image: Content
  readonly contentType: string
  readonly width: number
  readonly height: number
  readonly report: Report
  /** What the network found, where one ran. */
  readonly coarse?: CoarseFile | undefined
}

/** Cuts images out. Errors: any KoutuError; RUNNER_CRASHED when the process that held the image ended. */
export interface Runner extends AsyncDisposable {
  /** Loads the default model, so that the first image does not wait for it. */
  warm(ctx: Ctx): Promise<void>
  run(request: RunRequest, ctx: Ctx): Promise<RunResult>
}

interface FetchLimits {
  readonly maxBytes: number
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

/** Addresses that users gave. Guarded: every address of every redirect is checked. Errors: URL_REFUSED, FETCH_*, OFFLINE. */
export interface Fetcher {
  /** The bytes as they arrive; leaving the loop closes the connection. */
  get(url: string, limits: FetchLimits): AsyncIterable<Uint8Array>
  /** Follows no redirects. Resolves with the status, whatever it is; the body of the answer is not read. */
  post(
    url: string,
    body: string,
    request: {
      readonly headers: Readonly<Record<string, string>>
      readonly timeoutMs: number
      readonly signal?: AbortSignal
    },
  ): Promise<{ readonly status: number }>
}

export interface ModelInfo {
  readonly id: string
  readonly about: string
  readonly license: { readonly id: string; readonly commercial: string }
  /** Whether images can be sent to it now. */
  readonly isHere: boolean
}

/** The models of this machine. */
export interface Models {
  list(): Promise<readonly ModelInfo[]>
  /** Told of a model that a client asked for and that is not here. It may be here later. */
  want(id: string): void
}

/** Fits pino. Fields never hold a secret: no key, cookie or query of a URL. */
export interface Logger {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** Told of what workers do, for metrics. */
export interface Observer {
  jobEnded(end: {
    readonly state: 'succeeded' | 'failed' | 'canceled'
    readonly code: ErrorCode | null
    readonly waitingMs: number
    readonly runningMs: number
    readonly timingsMs: Readonly<Record<string, number>>
  }): void
}
