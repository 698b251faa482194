// The files' store on what a worker has: fetch, timers, the Cache API, locks.

import { type AssetStore, createAssetStore } from '../files/asset-store.ts'
import { createPartCache } from '../files/part-cache.ts'
import { browserDigest } from '../files/sha256.ts'

export function openFiles(baseUrl: string): AssetStore {
  const { caches, navigator } = globalThis as { caches?: CacheStorage; navigator: Navigator }
  // The Cache API takes no other addresses.
  const isLocal = !/^https?:/.test(baseUrl)
  return createAssetStore({
    baseUrl,
    isLocal,
    cache: caches && !isLocal ? createPartCache(caches) : null,
    digest: browserDigest(crypto),
    // Kept once: here, or else in the HTTP cache.
    fetch: (url, init) => fetch(url, { ...init, cache: caches ? 'no-store' : 'default' }),
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    alone: async (name, work) => (navigator.locks ? navigator.locks.request(name, work) : work()),
  })
}
