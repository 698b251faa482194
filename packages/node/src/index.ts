// The public surface of @koutu/node, by name.

export { type CacheDirSetting, cacheDir } from './models/cache-dir.ts'
export { readLocalModel } from './models/local.ts'
export type { ImportPack, ModelPack } from './models/pack.ts'
export {
  createModelStore,
  type ModelStatus,
  type ModelStore,
  type ModelStoreDeps,
  type Preparation,
  type StoredModel,
  type Verification,
} from './models/store.ts'
export { displayUrl } from './net/display-url.ts'
export { type FetchLimits, fetchBytes, type Resolve } from './net/guarded-fetch.ts'
export { isPublicAddress } from './net/public-address.ts'
