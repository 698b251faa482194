// How the file of a model is found on this machine, assembled from a pack, or downloaded.

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Ctx,
  isKoutuError,
  KoutuError,
  type ModelManifest,
  type ModelSource,
  sourceSpec,
  throwIfAborted,
} from '@koutu/core'
import { checkFile, type FileFacts, hashFile, readRecord, recordPath, writeAtomic, writeRecord } from './files.ts'
import { loadPack, packBytes, totalBytes } from './pack.ts'
import { cachedPath, checking, damagedModel, sha256 } from './store-layout.ts'
import type { ModelStoreDeps, StoredModel } from './store-types.ts'

type SourceOf<T extends ModelSource['type']> = Extract<ModelSource, { type: T }>

/** Errors that another source of the same model, or a pull, can make good. */
const MAY_LIE_ELSEWHERE: ReadonlySet<string> = new Set(['MODEL_CORRUPT', 'MODEL_MISSING'])
const ANOTHER_SOURCE_MAY_HELP: ReadonlySet<string> = new Set(['MODEL_CORRUPT', 'MODEL_DOWNLOAD_FAILED'])

/** The model from the first source that has it here. Errors: as of `ModelStore.ensure`. */
export async function ensureModel(
  store: Required<ModelStoreDeps>,
  manifest: ModelManifest,
  ctx: Ctx,
): Promise<StoredModel> {
  let failure: KoutuError | null = null
  for (const source of manifest.sources) {
    throwIfAborted(ctx.signal)
    try {
      const found =
        source.type === 'file'
          ? await findOwnFile(store, manifest, source, ctx)
          : await findCached(store, manifest, source, ctx)
      if (found) return found
    } catch (error) {
      if (!isKoutuError(error) || !MAY_LIE_ELSEWHERE.has(error.code)) throw error
      failure ??= error
    }
  }
  throw failure ?? (await missing(manifest, store))
}

/** As `ensureModel`, and downloads what is missing. Errors: as of `ModelStore.pull`. */
export async function pullModel(
  store: Required<ModelStoreDeps>,
  manifest: ModelManifest,
  acceptLicense: boolean,
  ctx: Ctx,
): Promise<StoredModel> {
  let failure: KoutuError
  try {
    return await ensureModel(store, manifest, ctx)
  } catch (error) {
    if (!isKoutuError(error) || !MAY_LIE_ELSEWHERE.has(error.code)) throw error
    failure = error
  }
  const sources = manifest.sources.filter((source) => source.type === 'url')
  if (sources.length === 0) throw failure
  if (store.offline)
    throw new KoutuError('OFFLINE', { detail: `the model '${manifest.id}' would have to be downloaded` })
  if (manifest.license.commercial === 'no' && !acceptLicense) throw licenseRefused(manifest)
  for (const [index, source] of sources.entries()) {
    try {
      return await fetchModel(store, manifest, source, ctx)
    } catch (error) {
      const isLast = index === sources.length - 1
      if (isLast || !isKoutuError(error) || !ANOTHER_SOURCE_MAY_HELP.has(error.code)) throw error
    }
  }
  throw failure
}

/** Null when the source has nothing here. A pack is assembled, also in place of a damaged file. */
async function findCached(
  store: Required<ModelStoreDeps>,
  manifest: ModelManifest,
  source: SourceOf<'pack' | 'url'>,
  ctx: Ctx,
): Promise<StoredModel | null> {
  const path = cachedPath(store.cacheDir, manifest, source)
  const state = await checkFile(path, source.sha256, checking(manifest.id, ctx))
  if (state.state === 'ok') return stored(manifest, source, path, state.sha256)
  if (source.type === 'pack') {
    const facts = await assemble(store, manifest, source, path, ctx)
    if (facts) return stored(manifest, source, path, facts.sha256)
  }
  if (state.state === 'damaged') throw damagedModel(manifest.id, state)
  return null
}

/** A file of the user's own: never changed, its hash remembered in the cache. */
async function findOwnFile(
  { cacheDir }: ModelStoreDeps,
  manifest: ModelManifest,
  source: SourceOf<'file'>,
  ctx: Ctx,
): Promise<StoredModel> {
  const status = await stat(source.path).catch(() => null)
  if (!status?.isFile()) throw new KoutuError('MODEL_MISSING', { detail: `expected a model file at ${source.path}` })
  const memory = join(cacheDir, 'local', `${sha256(source.path).slice(0, 24)}`)
  const facts = await hashRemembered(source.path, memory, status, checking(manifest.id, ctx))
  if (source.sha256 !== null && facts.sha256 !== source.sha256) {
    throw damagedModel(manifest.id, { expected: source.sha256, actual: facts.sha256 })
  }
  return stored(manifest, source, source.path, facts.sha256)
}

/** The hash of a file that is not ours: from the note in the cache while size and time are the same. */
async function hashRemembered(
  path: string,
  memory: string,
  status: { readonly size: number; readonly mtimeMs: number },
  options: ReturnType<typeof checking>,
): Promise<FileFacts> {
  const known = await readRecord(memory)
  if (known?.bytes === status.size && known.mtimeMs === status.mtimeMs) return known
  const facts = await hashFile(path, options)
  const record = { ...facts, mtimeMs: status.mtimeMs }
  await writeAtomic(recordPath(memory), [Buffer.from(`${JSON.stringify(record)}\n`)])
  return facts
}

/** Joins the pieces of a pack. Null when the pack is not installed. */
async function assemble(
  { importPack }: Required<ModelStoreDeps>,
  manifest: ModelManifest,
  source: SourceOf<'pack'>,
  path: string,
  { signal, onEvent }: Ctx,
): Promise<FileFacts | null> {
  const pack = await loadPack(source.package, importPack)
  if (!pack || pack.chunks.length === 0) return null
  const total = totalBytes(pack.chunks)
  const expected = source.sha256 ?? pack.sha256
  const onBytes = (done: number) => onEvent?.({ type: 'model', id: manifest.id, phase: 'assemble', done, total })
  const facts = await writeAtomic(path, packBytes(source.package, pack, signal, onBytes), ({ sha256: actual }) => {
    if (actual !== expected) {
      throw new KoutuError('MODEL_CORRUPT', {
        detail: `expected sha256 ${expected} but the pieces of ${source.package} have ${actual}; install it again`,
        data: { expected, actual },
      })
    }
  })
  await writeRecord(path, facts)
  return facts
}

async function fetchModel(
  { cacheDir, env }: Required<ModelStoreDeps>,
  manifest: ModelManifest,
  source: SourceOf<'url'>,
  { signal, onEvent }: Ctx,
): Promise<StoredModel> {
  const path = cachedPath(cacheDir, manifest, source)
  // The record of an earlier pull pins an unpublished hash.
  const pinned = source.sha256 ?? (await readRecord(path))?.sha256 ?? null
  const mirror = env.KOUTU_MODEL_MIRROR
  // Loads an HTTP client, which a run without a download should not wait for.
  const { download } = await import('./download.ts')
  let furthest = -1
  let total: number | null = source.bytes
  const facts = await download({
    target: path,
    urls: [...(mirror ? [`${mirror.replace(/\/?$/, '')}/${manifest.id}.onnx`] : []), source.url, ...source.mirrors],
    bytes: source.bytes,
    sha256: pinned,
    env,
    signal,
    onBytes: (done, announced) => {
      // Progress never falls: a download that starts again is silent until it has caught up.
      if (done <= furthest) return
      furthest = done
      total ??= announced
      onEvent?.({ type: 'model', id: manifest.id, phase: 'download', done, total })
    },
  })
  await writeRecord(path, facts)
  return stored(manifest, source, path, facts.sha256)
}

function stored(manifest: ModelManifest, source: ModelSource, path: string, hash: string): StoredModel {
  return { path, sha256: hash, source, ...sourceSpec(manifest, source) }
}

/** Names what would bring the file: packs that are not installed, and a pull. */
async function missing({ id, sources }: ModelManifest, { importPack }: Required<ModelStoreDeps>): Promise<KoutuError> {
  const ways: string[] = []
  for (const source of sources) {
    if (source.type === 'url') ways.push(`koutu models pull ${id}`)
    if (source.type === 'pack' && !(await loadPack(source.package, importPack)))
      ways.push(`npm install ${source.package}`)
  }
  return new KoutuError('MODEL_MISSING', { detail: `'${id}'; run: ${ways.join(', or: ')}`, data: { model: id } })
}

function licenseRefused({ id, license }: ModelManifest): KoutuError {
  const where = license.url ? ` (${license.url})` : ''
  return new KoutuError('MODEL_LICENSE_REFUSED', {
    detail: `'${id}' is under ${license.id}${where}: ${license.note} Accept it to pull the model`,
    data: { model: id, license: license.id, url: license.url },
  })
}
