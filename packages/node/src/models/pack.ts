// Model packs: optional packages with a model's bytes, or with graphs that are ready to run, among the installed packages. Read
// as data only.

import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { KoutuError, throwIfAborted } from '@koutu/core'

export interface PackFile {
  readonly path: string
  readonly bytes: number
  readonly sha256: string
}

/** A prepared graph in a pack, run from where it lies. */
export interface ReadyGraph {
  /** See `preparationKey`. */
  readonly key: string
  readonly graph: PackFile
  readonly data: PackFile
}

/** What a model-pack package exports. */
export interface ModelPack {
  /** Of the model's file. */
  readonly sha256: string
  readonly bytes?: number
  /** The pieces of the model's file in order. */
  chunks?(): readonly PackFile[]
  ready?(): readonly ReadyGraph[]
}

export interface LoadedPack {
  readonly sha256: string
  readonly chunks: readonly PackFile[]
  readonly ready: readonly ReadyGraph[]
}

export type ImportPack = (name: string) => Promise<unknown>

const NOT_INSTALLED: ReadonlySet<unknown> = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'])

/** The pack of that name, or null where it, or the package it points to, is not installed. */
export async function loadPack(name: string, importPack: ImportPack): Promise<LoadedPack | null> {
  try {
    const pack = (await importPack(name)) as ModelPack
    return { sha256: pack.sha256, chunks: pack.chunks?.() ?? [], ready: pack.ready?.() ?? [] }
  } catch (error) {
    if (NOT_INSTALLED.has((error as NodeJS.ErrnoException).code)) return null
    throw new KoutuError('MODEL_CORRUPT', {
      detail: `the model pack ${name} cannot be read; install it again`,
      cause: error,
    })
  }
}

export const totalBytes = (files: readonly PackFile[]): number => files.reduce((sum, { bytes }) => sum + bytes, 0)

/** Files of all ready graphs, each once. */
export function readyFiles({ ready }: LoadedPack): readonly PackFile[] {
  const files = ready.flatMap(({ graph, data }) => [graph, data])
  return [...new Map(files.map((file) => [file.path, file])).values()]
}

/** The ready graph of that key, or undefined. Errors: MODEL_CORRUPT where one of its files is missing or cut off. */
export async function findReady(name: string, { ready }: LoadedPack, key: string): Promise<ReadyGraph | undefined> {
  const found = ready.find((one) => one.key === key)
  for (const { path, bytes } of found ? [found.graph, found.data] : []) {
    const status = await stat(path).catch(() => null)
    if (status?.size === bytes) continue
    throw new KoutuError('MODEL_CORRUPT', {
      detail: `expected ${bytes} bytes at ${path} but found ${status ? status.size : 'none'}; install ${name} again`,
    })
  }
  return found
}

/** The bytes of a pack's file, piece by piece. Errors: MODEL_CORRUPT where a piece is missing. */
export async function* packBytes(
  name: string,
  { chunks }: LoadedPack,
  signal: AbortSignal | undefined,
  onBytes: (done: number) => void,
): AsyncGenerator<Uint8Array> {
  let done = 0
  for (const { path } of chunks) {
    const stream = createReadStream(path, { highWaterMark: 2 ** 18 })
    try {
      for await (const piece of stream) {
        throwIfAborted(signal)
        yield piece as Uint8Array
        done += (piece as Uint8Array).length
        onBytes(done)
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      throw new KoutuError('MODEL_CORRUPT', {
        detail: `the model pack ${name} lacks a piece; install it again`,
        cause: error,
      })
    }
  }
}
