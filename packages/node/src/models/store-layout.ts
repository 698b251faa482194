// Names and places in the cache: <cache>/models/<id>/<hash>.onnx and, of a prepared graph, prepared-<key>.onnx and .data.

import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Ctx, KoutuError, type ModelManifest, type ModelSource } from '@koutu/core'

const PREPARED = 'prepared-'
const GRAPH = '.onnx'
const DATA = '.data'

export function modelFolder(cacheDir: string, { id }: ModelManifest): string {
  return join(cacheDir, 'models', id)
}

/** Where the file of a source lies. Files of unknown hash are named by their address. */
export function cachedPath(cacheDir: string, manifest: ModelManifest, source: ModelSource): string {
  if (source.type === 'file') return source.path
  const name = source.sha256 ?? `from-${sha256(source.type === 'url' ? source.url : source.package)}`
  return join(modelFolder(cacheDir, manifest), `${name.slice(0, 24)}.onnx`)
}

/** The two files of a prepared graph whose key holds everything it depends on. */
export function preparedPaths(
  cacheDir: string,
  manifest: ModelManifest,
  key: string,
): { path: string; dataPath: string } {
  const stem = join(modelFolder(cacheDir, manifest), `${PREPARED}${key.slice(0, 24)}`)
  return { path: stem + GRAPH, dataPath: stem + DATA }
}

export function isPreparedFile(name: string): boolean {
  return name.startsWith(PREPARED) && (name.endsWith(GRAPH) || name.endsWith(DATA))
}

/** Names in a folder; none where it does not exist. */
export async function filesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => [])
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Options of a check that reports its progress as `verify` events. */
export function checking(
  id: string,
  { signal, onEvent }: Ctx,
): { signal: AbortSignal | undefined; onBytes: (done: number, total: number) => void } {
  return {
    signal,
    onBytes: (done, total) => onEvent?.({ type: 'model', id, phase: 'verify', done, total }),
  }
}

export function damagedModel(
  id: string,
  { expected, actual }: { readonly expected: string | null; readonly actual: string },
): KoutuError {
  return new KoutuError('MODEL_CORRUPT', {
    detail: `expected sha256 ${expected ?? '(unknown)'} but the file of '${id}' has ${actual}; run: koutu models pull ${id}`,
    data: { model: id, expected, actual },
  })
}
