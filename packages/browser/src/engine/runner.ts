// What runs networks: onnxruntime on one of its devices, or koutu's own engine for int8.

import { KoutuError } from '@koutu/core/errors'
import type { Plane, Size } from '@koutu/core/pixels'
import type { AssetStore, OnBytes } from '../files/asset-store.ts'
import type { AssetModel } from '../files/manifest.ts'

export interface Runner {
  /** Errors: MODEL_INVALID, and those of reading its files. */
  open(model: AssetModel, files: AssetStore, onBytes: OnBytes): Promise<Session>
}

/** One network in memory: from 8-bit RGB of its own size, and a trimap where it refines edges, to alpha. */
export interface Session {
  run(pixels: Uint8Array, size: Size, trimap?: Uint8Array): Promise<Plane>
  release(): Promise<void>
}

export async function invalidIfFails<T>(model: AssetModel, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    throw invalid(model, cause instanceof Error ? cause.message : String(cause), cause)
  }
}

export function invalid({ id }: AssetModel, message: string, cause?: unknown): KoutuError {
  return new KoutuError('MODEL_INVALID', { detail: `${id}: ${message}`, cause })
}
