// The model store as koutu wires it: this machine's cache folder, and packs found among koutu's own dependencies.

import { cacheDir, createModelStore, type ModelStore } from '@koutu/node'

export function openModelStore(offline: boolean): ModelStore {
  return createModelStore({ cacheDir: cacheDir(), offline, importPack: (name) => import(name) })
}
