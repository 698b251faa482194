// The model store: finds a model's file on this machine, assembles it from a pack, pulls it when told to, and finds or keeps
// prepared graphs. It knows no tensors and no sessions.

import { type Ctx, type ModelManifest, sourceSpec } from '@koutu/core'
import { modelStatus, removeModel, verifyModel } from './inventory.ts'
import { ensureModel, pullModel } from './model-sources.ts'
import { findReady, loadPack } from './pack.ts'
import { buildGraph, deriveGraph, keepGraph, preparationKey } from './prepared-graph.ts'
import type { ModelFacts, ModelStore, ModelStoreDeps, Preparation, PreparedModel } from './store-types.ts'

type Choose = (model: ModelFacts) => Promise<Preparation>

export function createModelStore(deps: ModelStoreDeps): ModelStore {
  const store = { env: process.env, importPack: (name: string) => import(name), ...deps }
  const { cacheDir } = store
  return {
    ensure: (manifest, ctx = {}) => ensureModel(store, manifest, ctx),
    async prepared(manifest, preparation, ctx = {}) {
      const choose: Choose = async (model) => (typeof preparation === 'function' ? preparation(model) : preparation)
      const ready = await preparedFromPack(store, manifest, choose, ctx)
      if (ready) return ready
      const model = await ensureModel(store, manifest, ctx)
      const chosen = await choose(model)
      const make = (dataName: string) => buildGraph(chosen, model, dataName)
      return keepGraph(cacheDir, manifest, model, preparationKey(model, chosen), make, ctx)
    },
    pull: (manifest, { acceptLicense = false } = {}, ctx = {}) => pullModel(store, manifest, acceptLicense, ctx),
    list: (manifests) => Promise.all(manifests.map((manifest) => modelStatus(store, manifest))),
    verify: (manifest, ctx = {}) => verifyModel(store, manifest, ctx),
    remove: (manifest) => removeModel(cacheDir, manifest),
  }
}

/** A graph that an installed pack holds ready, or one derived from such a graph. Null where there is none. */
async function preparedFromPack(
  { cacheDir, importPack }: Required<ModelStoreDeps>,
  manifest: ModelManifest,
  choose: Choose,
  ctx: Ctx,
): Promise<PreparedModel | null> {
  for (const source of manifest.sources) {
    const pack = source.type === 'pack' ? await loadPack(source.package, importPack) : null
    if (source.type !== 'pack' || !pack || pack.ready.length === 0) continue
    const model = { sha256: pack.sha256, source, ...sourceSpec(manifest, source) }
    const chosen = await choose(model)
    const key = preparationKey(model, chosen)
    const found = await findReady(source.package, pack, key)
    if (found) return { ...model, path: found.graph.path, dataPath: found.data.path }
    if (!('derive' in chosen)) continue
    const base = await findReady(source.package, pack, preparationKey(model, chosen.base))
    if (base) return keepGraph(cacheDir, manifest, model, key, (name) => deriveGraph(chosen, base, name), ctx)
  }
  return null
}
