// The model store: finds a model's file on this machine, assembles it from a pack, pulls it when told to, and keeps
// prepared graphs. Layout: <cache>/models/<id>/<hash>.onnx and, of a prepared graph, prepared-<key>.onnx and .data, with a
// record beside each. It knows no tensors and no sessions.

import { createHash } from 'node:crypto'
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import {
  type Ctx,
  isKoutuError,
  KoutuError,
  type ModelInput,
  type ModelManifest,
  type ModelOutput,
  type ModelSource,
  sourceSpec,
  throwIfAborted,
} from '@koutu/core'
import {
  checkFile,
  type FileFacts,
  type FileState,
  hashFile,
  intoCache,
  readRecord,
  recordPath,
  writeAtomic,
  writeRecord,
} from './files.ts'
import { type ImportPack, loadPack, packBytes } from './pack.ts'

export interface ModelStoreDeps {
  readonly cacheDir: string
  /** Never uses the network, not even for a pull. */
  readonly offline: boolean
  /** KOUTU_MODEL_MIRROR and the proxy variables are read from here. The process's own by default. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Imports a model pack by name. By default as this package sees it. */
  readonly importPack?: ImportPack
}

export interface StoredModel {
  readonly path: string
  /** Of the file as published, also where `path` is a graph prepared from it. */
  readonly sha256: string
  readonly source: ModelSource
  readonly input: ModelInput
  readonly output: ModelOutput
}

export interface PreparedModel extends StoredModel {
  /** The weights that the graph at `path` maps, beside it. Empty where it has none worth it. */
  readonly dataPath: string
}

/** A graph in two files. The graph names the other one, which lies in the same folder. */
export interface PreparedGraph {
  readonly graph: Uint8Array
  readonly data: Iterable<Uint8Array>
}

export interface Preparation {
  /** Name and version of the tool: another version prepares anew. */
  readonly tool: string
  /** Everything else the result depends on. */
  readonly options: Readonly<Record<string, string | number | boolean>>
  /** Gets the bytes of the model's file, which source they are of, and the name that the file of its weights will have. */
  readonly build: (bytes: Uint8Array, model: StoredModel, dataName: string) => Promise<PreparedGraph> | PreparedGraph
}

export interface ModelStatus {
  readonly id: string
  /** 'packed': installed as a model pack, assembled at first use. 'changed': not as recorded, hashed at next use. */
  readonly state: 'ready' | 'packed' | 'changed' | 'absent'
  readonly path: string | null
  readonly bytes: number | null
}

export type Verification =
  | { readonly id: string; readonly state: 'absent' }
  | { readonly id: string; readonly state: 'ok'; readonly path: string; readonly sha256: string }
  | {
      readonly id: string
      readonly state: 'damaged'
      readonly path: string
      readonly expected: string | null
      readonly actual: string
    }

export interface ModelStore {
  /**
   * The model's file, from the cache or assembled from its pack; damage is noticed and, where a pack is installed,
   * repaired. Never uses the network. Errors: MODEL_MISSING, MODEL_CORRUPT, CACHE_UNWRITABLE, ABORTED.
   */
  ensure(manifest: ModelManifest, ctx?: Ctx): Promise<StoredModel>
  /**
   * The graph made from the model's file by `build`, kept under a name that holds all it depends on; where either of its
   * two files is missing or damaged, both are made anew. Where the preparation depends on the file, it is chosen when the
   * file is known.
   */
  prepared(
    manifest: ModelManifest,
    preparation: Preparation | ((model: StoredModel) => Promise<Preparation>),
    ctx?: Ctx,
  ): Promise<PreparedModel>
  /**
   * As `ensure`, and downloads what is missing. Errors: also OFFLINE, MODEL_LICENCE_REFUSED, MODEL_DOWNLOAD_FAILED.
   * A file of unknown hash is trusted the first time and must stay the same until `remove`.
   */
  pull(manifest: ModelManifest, options?: { readonly acceptLicense?: boolean }, ctx?: Ctx): Promise<StoredModel>
  list(manifests: readonly ModelManifest[]): Promise<readonly ModelStatus[]>
  /** Hashes every cached file of the model, prepared graphs too. */
  verify(manifest: ModelManifest, ctx?: Ctx): Promise<readonly Verification[]>
  /** Deletes all that is cached of the model. Returns the bytes freed. */
  remove(manifest: ModelManifest): Promise<number>
}

export function createModelStore({
  cacheDir,
  offline,
  env = process.env,
  importPack = importByName,
}: ModelStoreDeps): ModelStore {
  const folderOf = (manifest: ModelManifest) => join(cacheDir, 'models', manifest.id)

  /** Where the file of a source lies. Files of unknown hash are named by their address. */
  const cachedPath = (manifest: ModelManifest, source: ModelSource): string => {
    if (source.type === 'file') return source.path
    const name = source.sha256 ?? `from-${sha256(source.type === 'url' ? source.url : source.package)}`
    return join(folderOf(manifest), `${name.slice(0, 24)}.onnx`)
  }

  const stored = (manifest: ModelManifest, source: ModelSource, path: string, hash: string): StoredModel => ({
    path,
    sha256: hash,
    source,
    ...sourceSpec(manifest, source),
  })

  /** The model through this source, or null when the source has nothing here. */
  const fromSource = async (manifest: ModelManifest, source: ModelSource, ctx: Ctx): Promise<StoredModel | null> => {
    if (source.type === 'file') return fromFile(manifest, source, ctx)
    const path = cachedPath(manifest, source)
    const state = await checkFile(path, source.sha256, checking(manifest.id, ctx))
    if (state.state === 'ok') return stored(manifest, source, path, state.sha256)
    if (source.type === 'pack') {
      const facts = await assemble(manifest, source, path, ctx)
      if (facts) return stored(manifest, source, path, facts.sha256)
    }
    if (state.state === 'damaged') throw damaged(manifest.id, state)
    return null
  }

  /** A file of the user's own: never changed, its hash remembered in the cache. */
  const fromFile = async (
    manifest: ModelManifest,
    source: Extract<ModelSource, { type: 'file' }>,
    ctx: Ctx,
  ): Promise<StoredModel> => {
    const status = await stat(source.path).catch(() => null)
    if (!status?.isFile()) throw new KoutuError('MODEL_MISSING', { detail: `expected a model file at ${source.path}` })
    const memory = join(cacheDir, 'local', `${sha256(source.path).slice(0, 24)}`)
    const facts = await hashRemembered(source.path, memory, status, checking(manifest.id, ctx))
    if (source.sha256 !== null && facts.sha256 !== source.sha256) {
      throw damaged(manifest.id, { expected: source.sha256, actual: facts.sha256 })
    }
    return stored(manifest, source, source.path, facts.sha256)
  }

  /** Puts a pack's pieces together. Null when the pack is not installed. */
  const assemble = async (
    manifest: ModelManifest,
    source: Extract<ModelSource, { type: 'pack' }>,
    path: string,
    { signal, onEvent }: Ctx,
  ): Promise<FileFacts | null> => {
    const pack = await loadPack(source.package, importPack)
    if (!pack) return null
    const expected = source.sha256 ?? pack.sha256
    const onBytes = (done: number) =>
      onEvent?.({ type: 'model', id: manifest.id, phase: 'assemble', done, total: pack.bytes })
    const facts = await writeAtomic(path, packBytes(source.package, pack, signal, onBytes), ({ sha256: actual }) => {
      if (actual !== expected) {
        throw new KoutuError('MODEL_CORRUPT', {
          detail: `expected sha256 ${expected} but the pieces of ${source.package} have ${actual}; install it anew`,
          data: { expected, actual },
        })
      }
    })
    await writeRecord(path, facts)
    return facts
  }

  const fetchModel = async (
    manifest: ModelManifest,
    source: Extract<ModelSource, { type: 'url' }>,
    { signal, onEvent }: Ctx,
  ): Promise<StoredModel> => {
    const path = cachedPath(manifest, source)
    // The record of an earlier pull pins what was unknown until then.
    const pinned = source.sha256 ?? (await readRecord(path))?.sha256 ?? null
    const mirror = env.KOUTU_MODEL_MIRROR
    // Brings an HTTP client along, which a run that downloads nothing should not wait for.
    const { download } = await import('./download.ts')
    let furthest = -1
    let total: number | null = source.bytes
    const facts = await download({
      target: path,
      urls: [...(mirror ? [`${mirror.replace(/\/+$/, '')}/${manifest.id}.onnx`] : []), source.url, ...source.mirrors],
      bytes: source.bytes,
      sha256: pinned,
      env,
      signal,
      onBytes: (done, announced) => {
        // A download that begins anew stands still for its listener until it has caught up.
        if (done <= furthest) return
        furthest = done
        total ??= announced
        onEvent?.({ type: 'model', id: manifest.id, phase: 'download', done, total })
      },
    })
    await writeRecord(path, facts)
    return stored(manifest, source, path, facts.sha256)
  }

  const ensure = async (manifest: ModelManifest, ctx: Ctx = {}): Promise<StoredModel> => {
    let failure: KoutuError | null = null
    for (const source of manifest.sources) {
      throwIfAborted(ctx.signal)
      try {
        const found = await fromSource(manifest, source, ctx)
        if (found) return found
      } catch (error) {
        if (!isKoutuError(error) || !MAY_LIE_ELSEWHERE.has(error.code)) throw error
        failure ??= error
      }
    }
    throw failure ?? missing(manifest)
  }

  return {
    ensure,

    async prepared(manifest, preparation, ctx = {}) {
      const model = await ensure(manifest, ctx)
      const { tool, options, build } = typeof preparation === 'function' ? await preparation(model) : preparation
      const sorted = Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1))
      const key = sha256(JSON.stringify([model.sha256, tool, sorted]))
      const path = join(folderOf(manifest), `${PREPARED}${key.slice(0, 24)}${GRAPH}`)
      const dataPath = join(folderOf(manifest), `${PREPARED}${key.slice(0, 24)}${DATA}`)
      const areWhole = async () => {
        for (const file of [dataPath, path]) {
          if ((await checkFile(file, null, checking(manifest.id, ctx))).state !== 'ok') return false
        }
        return true
      }
      if (!(await areWhole())) {
        const progress = (done: number) =>
          ctx.onEvent?.({ type: 'model', id: manifest.id, phase: 'prepare', done, total: 1 })
        progress(0)
        const { graph, data } = await build(await readFile(model.path), model, basename(dataPath))
        throwIfAborted(ctx.signal)
        try {
          // The graph comes last: where it lies, its weights do.
          await writeRecord(dataPath, await writeAtomic(dataPath, data))
          await writeRecord(path, await writeAtomic(path, [graph]))
        } catch (error) {
          // What another process made meanwhile and has mapped cannot be replaced on Windows, and need not be.
          if (!isKoutuError(error) || error.code !== 'CACHE_UNWRITABLE' || !(await areWhole())) throw error
        }
        progress(1)
      }
      return { ...model, path, dataPath }
    },

    async pull(manifest, { acceptLicense = false } = {}, ctx = {}) {
      let failure: KoutuError
      try {
        return await ensure(manifest, ctx)
      } catch (error) {
        if (!isKoutuError(error) || !MAY_LIE_ELSEWHERE.has(error.code)) throw error
        failure = error
      }
      const sources = manifest.sources.filter((source) => source.type === 'url')
      if (sources.length === 0) throw failure
      if (offline) throw new KoutuError('OFFLINE', { detail: `the model '${manifest.id}' would have to be downloaded` })
      if (manifest.license.commercial === 'no' && !acceptLicense) throw licenseRefused(manifest)
      for (const [index, source] of sources.entries()) {
        try {
          return await fetchModel(manifest, source, ctx)
        } catch (error) {
          if (!isKoutuError(error) || !ANOTHER_SOURCE_MAY_HELP.has(error.code) || index === sources.length - 1)
            throw error
        }
      }
      throw failure
    },

    async list(manifests) {
      return Promise.all(manifests.map((manifest) => status(manifest)))
    },

    async verify(manifest, ctx = {}) {
      const { id } = manifest
      const results: Verification[] = []
      const add = (path: string, state: FileState) => {
        if (state.state === 'ok') results.push({ id, state: 'ok', path, sha256: state.sha256 })
        if (state.state === 'damaged') results.push({ id, ...state, path })
      }
      const full = { full: true, ...checking(id, ctx) }
      for (const source of manifest.sources) {
        const path = cachedPath(manifest, source)
        if (source.type !== 'file') add(path, await checkFile(path, source.sha256, full))
      }
      for (const name of await filesIn(folderOf(manifest))) {
        const path = join(folderOf(manifest), name)
        const isPrepared = name.startsWith(PREPARED) && (name.endsWith(GRAPH) || name.endsWith(DATA))
        if (isPrepared) add(path, await checkFile(path, null, full))
      }
      return results.length > 0 ? results : [{ id, state: 'absent' }]
    },

    async remove(manifest) {
      const folder = folderOf(manifest)
      let freed = 0
      for (const name of await filesIn(folder)) {
        const status = await stat(join(folder, name)).catch(() => null)
        if (status?.isFile()) freed += status.size
      }
      await intoCache(join(folder, '*'), () => rm(folder, { recursive: true, force: true }))
      return freed
    },
  }

  async function status(manifest: ModelManifest): Promise<ModelStatus> {
    const { id } = manifest
    for (const source of manifest.sources) {
      const path = cachedPath(manifest, source)
      const file = await stat(path).catch(() => null)
      if (file?.isFile()) {
        const record = await readRecord(path)
        const isReady = source.type === 'file' || (record?.bytes === file.size && record.mtimeMs === file.mtimeMs)
        return { id, state: isReady ? 'ready' : 'changed', path, bytes: file.size }
      }
      if (source.type === 'pack') {
        const pack = await loadPack(source.package, importPack).catch(() => null)
        if (pack) return { id, state: 'packed', path: null, bytes: pack.bytes }
      }
    }
    return { id, state: 'absent', path: null, bytes: null }
  }
}

/** Names of the two files of a prepared graph. */
const PREPARED = 'prepared-'
const GRAPH = '.onnx'
const DATA = '.data'

/** Failures of one source that another source of the same model, or a pull, can make good. */
const MAY_LIE_ELSEWHERE: ReadonlySet<string> = new Set(['MODEL_CORRUPT', 'MODEL_MISSING'])
const ANOTHER_SOURCE_MAY_HELP: ReadonlySet<string> = new Set(['MODEL_CORRUPT', 'MODEL_DOWNLOAD_FAILED'])

const importByName: ImportPack = (name) => import(name)

function checking(id: string, { signal, onEvent }: Ctx) {
  return {
    signal,
    onBytes: (done: number, total: number) => onEvent?.({ type: 'model', id, phase: 'verify', done, total }),
  }
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

async function filesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => [])
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function damaged(id: string, { expected, actual }: { expected: string | null; actual: string }): KoutuError {
  return new KoutuError('MODEL_CORRUPT', {
    detail: `expected sha256 ${expected ?? '(unknown)'} but the file of '${id}' has ${actual}; run: koutu models pull ${id}`,
    data: { model: id, expected, actual },
  })
}

function missing({ id, sources }: ModelManifest): KoutuError {
  const ways = sources.flatMap((source) => {
    if (source.type === 'pack') return [`npm install ${source.package}`]
    return source.type === 'url' ? [`koutu models pull ${id}`] : []
  })
  return new KoutuError('MODEL_MISSING', { detail: `'${id}'; run: ${ways.join(', or: ')}`, data: { model: id } })
}

function licenseRefused({ id, license }: ModelManifest): KoutuError {
  const where = license.url ? ` (${license.url})` : ''
  return new KoutuError('MODEL_LICENCE_REFUSED', {
    detail: `'${id}' is under ${license.id}${where}: ${license.note} Accept it to pull the model`,
    data: { model: id, license: license.id, url: license.url },
  })
}
