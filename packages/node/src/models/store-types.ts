// Types of the model store. See store.ts.

import type { Ctx, ModelInput, ModelManifest, ModelOutput, ModelSource } from '@koutu/core'
import type { ImportPack } from './pack.ts'

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

/** What is known of a model before its file is here. */
export type ModelFacts = Omit<StoredModel, 'path'>

interface Named {
  /** Name and version of the tool: another version prepares anew. */
  readonly tool: string
  /** Everything else the result depends on. */
  readonly options: Readonly<Record<string, string | number | boolean>>
}

export interface Built extends Named {
  /** Gets the bytes of the model's file, which source they are of, and the name that the file of its weights will have. */
  readonly build: (bytes: Uint8Array, model: StoredModel, dataName: string) => Promise<PreparedGraph> | PreparedGraph
}

/** Made from another prepared graph, which may come ready in a pack. */
export interface Derived extends Named {
  /** Where the model's own file is here: nothing is rounded twice. */
  readonly direct: Built
  readonly base: Built
  /** Gets the bytes of the base's two files, and the name that the file of weights will have. */
  readonly derive: (graph: Uint8Array, data: Uint8Array, dataName: string) => PreparedGraph
}

export type Preparation = Built | Derived

export interface ModelStatus {
  readonly id: string
  /** 'ready': in the cache, or ready to run in a pack. 'packed': installed as a model pack, assembled at first use. 'changed': not as recorded, hashed at next use. */
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
   * A graph that lies ready in a model pack, or one made from the model's file and kept under a name that holds all it
   * depends on; where either of its two files is missing or damaged, both are made anew. Where the preparation depends on the
   * model's file, it is chosen when that is known.
   */
  prepared(
    manifest: ModelManifest,
    preparation: Preparation | ((model: ModelFacts) => Promise<Preparation>),
    ctx?: Ctx,
  ): Promise<PreparedModel>
  /**
   * As `ensure`, and downloads what is missing. Errors: also OFFLINE, MODEL_LICENSE_REFUSED, MODEL_DOWNLOAD_FAILED.
   * A file of unknown hash is trusted the first time and must stay the same until `remove`.
   */
  pull(manifest: ModelManifest, options?: { readonly acceptLicense?: boolean }, ctx?: Ctx): Promise<StoredModel>
  list(manifests: readonly ModelManifest[]): Promise<readonly ModelStatus[]>
  /** Hashes every cached file of the model, prepared graphs too. */
  verify(manifest: ModelManifest, ctx?: Ctx): Promise<readonly Verification[]>
  /** Deletes all that is cached of the model. Returns the bytes freed. */
  remove(manifest: ModelManifest): Promise<number>
}
