// Lists, verifies and deletes the models in the cache.

import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Ctx, ModelManifest } from '@koutu/core'
import { checkFile, type FileState, hashFile, intoCache, readRecord } from './files.ts'
import { loadPack, readyFiles, totalBytes } from './pack.ts'
import { cachedPath, checking, filesIn, isPreparedFile, modelFolder } from './store-layout.ts'
import type { ModelStatus, ModelStoreDeps, Verification } from './store-types.ts'

export async function modelStatus(
  { cacheDir, importPack }: Required<ModelStoreDeps>,
  manifest: ModelManifest,
): Promise<ModelStatus> {
  const { id } = manifest
  for (const source of manifest.sources) {
    const path = cachedPath(cacheDir, manifest, source)
    const file = await stat(path).catch(() => null)
    if (file?.isFile()) {
      const record = await readRecord(path)
      const isReady = source.type === 'file' || (record?.bytes === file.size && record.mtimeMs === file.mtimeMs)
      return { id, state: isReady ? 'ready' : 'changed', path, bytes: file.size }
    }
    if (source.type === 'pack') {
      const pack = await loadPack(source.package, importPack).catch(() => null)
      const [graph] = pack?.ready ?? []
      if (pack && graph) return { id, state: 'ready', path: graph.graph.path, bytes: totalBytes(readyFiles(pack)) }
      if (pack && pack.chunks.length > 0) return { id, state: 'packed', path: null, bytes: totalBytes(pack.chunks) }
    }
  }
  return { id, state: 'absent', path: null, bytes: null }
}

/** Hashes every file of the model: what is cached, prepared graphs too, and the ready graphs of packs. */
export async function verifyModel(
  { cacheDir, importPack }: Required<ModelStoreDeps>,
  manifest: ModelManifest,
  ctx: Ctx,
): Promise<Verification[]> {
  const { id } = manifest
  const results: Verification[] = []
  const add = (path: string, state: FileState) => {
    if (state.state === 'ok') results.push({ id, state: 'ok', path, sha256: state.sha256 })
    if (state.state === 'damaged') results.push({ id, ...state, path })
  }
  const full = { full: true, ...checking(id, ctx) }
  for (const source of manifest.sources) {
    const path = cachedPath(cacheDir, manifest, source)
    if (source.type !== 'file') add(path, await checkFile(path, source.sha256, full))
  }
  for (const source of manifest.sources) {
    const pack = source.type === 'pack' ? await loadPack(source.package, importPack) : null
    for (const { path, sha256 } of pack ? readyFiles(pack) : []) {
      const facts = await hashFile(path, checking(id, ctx)).catch(() => null)
      const actual = facts?.sha256 ?? '(no file)'
      add(path, actual === sha256 ? { state: 'ok', ...facts! } : { state: 'damaged', expected: sha256, actual })
    }
  }
  for (const name of await filesIn(modelFolder(cacheDir, manifest))) {
    const path = join(modelFolder(cacheDir, manifest), name)
    if (isPreparedFile(name)) add(path, await checkFile(path, null, full))
  }
  return results.length > 0 ? results : [{ id, state: 'absent' }]
}

/** Deletes everything cached of the model and returns the bytes freed. */
export async function removeModel(cacheDir: string, manifest: ModelManifest): Promise<number> {
  const folder = modelFolder(cacheDir, manifest)
  let freed = 0
  for (const name of await filesIn(folder)) {
    const status = await stat(join(folder, name)).catch(() => null)
    if (status?.isFile()) freed += status.size
  }
  await intoCache(join(folder, '*'), () => rm(folder, { recursive: true, force: true }))
  return freed
}
