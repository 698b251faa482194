// A file in the Cache API, in parts: what has been downloaded stays when a page is closed in the middle of it.

import { CACHE_NAME } from './cache-name.ts'

export const PART_BYTES = 8 * 2 ** 20

export interface PartCache {
  /** Reads parts from the first on into `whole`, up to the first that is missing; returns the bytes that are there. */
  read(url: string, whole: Uint8Array<ArrayBuffer>): Promise<number>
  /** Whether all parts are there. */
  has(url: string, bytes: number): Promise<boolean>
  /** Keeps the parts of `whole` that lie between two numbers of bytes and are complete. Errors: of the browser, such as a used-up quota. */
  write(url: string, whole: Uint8Array<ArrayBuffer>, from: number, to: number): Promise<void>
  remove(url: string, bytes: number): Promise<void>
}

export function createPartCache(caches: CacheStorage): PartCache {
  // Opened each time, as the page may delete it in between.
  const cache = () => caches.open(CACHE_NAME)
  const keyOf = (url: string, part: number) => `${url}?part=${part}`
  return {
    async read(url, whole) {
      for (let at = 0; at < whole.length; at += PART_BYTES) {
        const found = await (await cache()).match(keyOf(url, at / PART_BYTES))
        const bytes = found && new Uint8Array(await found.arrayBuffer())
        if (bytes?.length !== Math.min(PART_BYTES, whole.length - at)) return at
        whole.set(bytes, at)
      }
      return whole.length
    },
    async has(url, bytes) {
      for (let part = 0; part < partsOf(bytes); part++) {
        if (!(await (await cache()).match(keyOf(url, part)))) return false
      }
      return true
    },
    async write(url, whole, from, to) {
      for (let part = Math.ceil(from / PART_BYTES); part < partsOf(whole.length); part++) {
        const end = Math.min(whole.length, (part + 1) * PART_BYTES)
        if (end > to) return
        await (await cache()).put(keyOf(url, part), new Response(whole.slice(part * PART_BYTES, end)))
      }
    },
    async remove(url, bytes) {
      for (let part = 0; part < partsOf(bytes); part++) await (await cache()).delete(keyOf(url, part))
    },
  }
}

function partsOf(bytes: number): number {
  return Math.ceil(bytes / PART_BYTES)
}
