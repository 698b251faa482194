// The store over a network and a cache in memory: what it asks for, what it keeps, what it refuses.

import { createHash, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AssetStore, createAssetStore } from './asset-store.ts'
import type { AssetFile } from './manifest.ts'
import { PART_BYTES, type PartCache } from './part-cache.ts'
import { browserDigest } from './sha256.ts'

const BASE = 'https://site.example/koutu/'
const bytes = new Uint8Array(randomBytes(2 * PART_BYTES + 12_345))
const fileOf = (content: Uint8Array): AssetFile => ({
  name: 'a.data',
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
})
const file = fileOf(bytes)

/** Counts bytes rather than holding a Cache. */
function memoryCache(): PartCache & { readonly parts: Map<number, Uint8Array<ArrayBuffer>> } {
  const parts = new Map<number, Uint8Array<ArrayBuffer>>()
  const last = (size: number) => Math.ceil(size / PART_BYTES)
  return {
    parts,
    async read(_, whole) {
      for (let part = 0; part < last(whole.length); part++) {
        const found = parts.get(part)
        if (!found) return part * PART_BYTES
        whole.set(found, part * PART_BYTES)
      }
      return whole.length
    },
    has: async (_, size) => parts.size === last(size),
    async write(_, whole, from, to) {
      for (let part = Math.ceil(from / PART_BYTES); part < last(whole.length); part++) {
        const end = Math.min(whole.length, (part + 1) * PART_BYTES)
        if (end > to) return
        parts.set(part, whole.slice(part * PART_BYTES, end))
      }
    },
    async remove() {
      parts.clear()
    },
  }
}

interface Network {
  /** What the server has; it is cut off after as many bytes as each request in turn may bring. */
  readonly content?: Uint8Array
  readonly cuts?: readonly number[]
  readonly knowsRanges?: boolean
  readonly status?: number
}

function open(
  cache: PartCache | null,
  { content = bytes, cuts = [], knowsRanges = true, status = 200 }: Network = {},
  isLocal = false,
) {
  const starts: number[] = []
  const pauses: number[] = []
  const fetch = async (_: string, { headers }: RequestInit): Promise<Response> => {
    const range = /^bytes=(\d+)-$/.exec((headers as Record<string, string> | undefined)?.range ?? '')
    const start = range && knowsRanges ? Number(range[1]) : 0
    starts.push(range ? Number(range[1]) : 0)
    const cut = cuts[starts.length - 1] ?? Number.POSITIVE_INFINITY
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = start; at < Math.min(content.length, start + cut); at += 1_000_000) {
          controller.enqueue(content.slice(at, Math.min(content.length, start + cut, at + 1_000_000)))
        }
      },
      pull(controller) {
        if (start + cut < content.length) controller.error(new Error('connection lost'))
        else controller.close()
      },
    })
    if (status !== 200) return new Response(null, { status })
    return start > 0
      ? new Response(body, {
          status: 206,
          headers: { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` },
        })
      : new Response(body)
  }
  const store = createAssetStore({
    baseUrl: BASE,
    cache,
    isLocal,
    digest: cache || isLocal ? browserDigest(crypto as { readonly subtle: SubtleCrypto }) : null,
    fetch,
    pause: async (ms) => void pauses.push(ms),
    alone: (_, work) => work(),
  })
  return { store, starts, pauses }
}

/** Comparing millions of numbers one by one takes the test runner minutes. */
const isWhole = (found: Uint8Array, expected: Uint8Array = bytes) => Buffer.from(found.buffer).equals(expected)

const codeOf = (store: AssetStore) =>
  store.read(file).then(
    () => 'none',
    (error) => error.code,
  )

describe('the asset store', () => {
  it('downloads once, keeps parts, and reads them again', async () => {
    const cache = memoryCache()
    const first = open(cache)
    const phases = new Set<string>()
    expect(isWhole(await first.store.read(file, (phase) => phases.add(phase)))).toBe(true)
    expect([[...phases], cache.parts.size, await first.store.isCached(file)]).toEqual([['download'], 3, true])
    const second = open(cache)
    expect(isWhole(await second.store.read(file, (phase) => phases.add(phase)))).toBe(true)
    expect([second.starts, [...phases]]).toEqual([[], ['download', 'cache']])
  })

  it('gives the bytes however often the connection breaks off', async () => {
    const cut = fc.integer({ min: 1, max: 9_000_000 })
    await fc.assert(
      fc.asyncProperty(fc.array(cut, { maxLength: 4 }), fc.boolean(), async (cuts, knowsRanges) => {
        const cache = memoryCache()
        const { store } = open(cache, { cuts, knowsRanges })
        expect(isWhole(await store.read(file))).toBe(true)
        expect(cache.parts.size).toBe(3)
      }),
      { numRuns: 12 },
    )
  })

  it('goes on behind the parts that are there', async () => {
    const cache = memoryCache()
    cache.parts.set(0, bytes.slice(0, PART_BYTES))
    const { store, starts } = open(cache)
    expect(isWhole(await store.read(file))).toBe(true)
    expect(starts).toEqual([PART_BYTES])
  })

  it('does not believe a damaged cache, and mends it', async () => {
    const cache = memoryCache()
    cache.parts.set(0, new Uint8Array(PART_BYTES))
    const { store, starts } = open(cache)
    expect(isWhole(await store.read(file))).toBe(true)
    expect(starts).toEqual([PART_BYTES, 0])
    expect(isWhole(cache.parts.get(0)!, bytes.slice(0, PART_BYTES))).toBe(true)
  })

  it.each([
    ['other bytes', { content: new Uint8Array(bytes.length) }, 'ASSET_CORRUPT'],
    ['too many bytes', { content: new Uint8Array(bytes.length + 1) }, 'ASSET_CORRUPT'],
    ['too few bytes', { content: bytes.slice(0, -1) }, 'ASSET_CORRUPT'],
    ['no such file', { status: 404 }, 'ASSET_MISSING'],
    ['a server that fails', { status: 500 }, 'ASSET_DOWNLOAD_FAILED'],
    ['a connection that brings nothing', { cuts: [0, 0, 0, 0] }, 'ASSET_DOWNLOAD_FAILED'],
  ] as const)('%s is an error, and nothing is kept', async (_, network, code) => {
    const cache = memoryCache()
    const { store, pauses } = open(cache, network)
    expect(await codeOf(store)).toBe(code)
    expect(await store.isCached(file)).toBe(false)
    if (code === 'ASSET_DOWNLOAD_FAILED') expect(pauses).toEqual([250, 500, 1000])
  })

  it('works where nothing can be kept, and says so', async () => {
    const insecure = open(null).store
    expect(isWhole(await insecure.read(file))).toBe(true)
    expect(insecure.warnings).toMatchObject([{ code: 'page-not-secure' }])
    const full = { ...memoryCache(), write: () => Promise.reject(new Error('quota')) }
    const { store } = open(full)
    expect(isWhole(await store.read(file))).toBe(true)
    expect(store.warnings).toMatchObject([{ code: 'cache-full', message: expect.stringContaining('quota') }])
  })

  it('keeps nothing of files that came with the page, and still checks them', async () => {
    const { store, starts } = open(null, {}, true)
    expect(await store.isCached(file)).toBe(true)
    expect(isWhole(await store.read(file))).toBe(true)
    expect([store.warnings, starts]).toEqual([[], [0]])
    expect(await codeOf(open(null, { content: bytes.map((value) => value ^ 1) }, true).store)).toBe('ASSET_CORRUPT')
  })
})
