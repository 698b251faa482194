// The model store: finds a model's file on this machine, assembles it from a pack, pulls it when told to, and keeps
// prepared graphs. It knows no tensors and no sessions.

import { modelStatus, removeModel, verifyModel } from './inventory.ts'
import { ensureModel, pullModel } from './model-sources.ts'
import { prepareGraph } from './prepared-graph.ts'
import type { ModelStore, ModelStoreDeps } from './store-types.ts'

export function createModelStore(deps: ModelStoreDeps): ModelStore {
  const store = { env: process.env, importPack: (name: string) => import(name), ...deps }
  const { cacheDir } = store
  return {
    ensure: (manifest, ctx = {}) => ensureModel(store, manifest, ctx),
    async prepared(manifest, preparation, ctx = {}) {
      const model = await ensureModel(store, manifest, ctx)
      const chosen = typeof preparation === 'function' ? await preparation(model) : preparation
      return prepareGraph(cacheDir, manifest, model, chosen, ctx)
    },
    pull: (manifest, { acceptLicense = false } = {}, ctx = {}) => pullModel(store, manifest, acceptLicense, ctx),
    list: (manifests) => Promise.all(manifests.map((manifest) => modelStatus(store, manifest))),
    verify: (manifest, ctx = {}) => verifyModel(cacheDir, manifest, ctx),
    remove: (manifest) => removeModel(cacheDir, manifest),
  }
}
