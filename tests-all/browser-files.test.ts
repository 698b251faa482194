// @koutu/browser's files in Chromium: what is downloaded, kept and checked, and what happens where something fails.

import { readFile, stat } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { openPage } from './browser/chromium.ts'
import { cut, GOOD } from './browser/cut.ts'
import { type Intercept, openTinySite, useTiny } from './browser/tiny-site.ts'

const tiny = useTiny()
const site = (intercept?: Intercept, headers?: Record<string, string>) => openTinySite(tiny, intercept, headers)

/** The runtime's first download breaks off after so many bytes; `ranges` are those that were asked for. */
function interrupted(bytesSent: number, then: (response: ServerResponse) => void = () => {}) {
  const ranges: (string | undefined)[] = []
  const intercept: Intercept = (path, request, response) => {
    if (!path.endsWith('.wasm') || !path.includes('ort-wasm')) return false
    ranges.push(request.headers.range)
    if (ranges.length > 1) return false
    void readFile(join(tiny.assets, path.slice('/koutu/'.length))).then((bytes) => {
      response.writeHead(200, { 'content-length': bytes.length })
      response.write(bytes.subarray(0, bytesSent), () => then(response))
    })
    return true
  }
  return { ranges, intercept }
}

describe('files', () => {
  it('are downloaded once, and come from the cache afterwards', async () => {
    await using served = await site()
    const { page, errors } = await openPage(tiny.browser, served.origin)
    const before = await page.evaluate(() => koutu.cached({ model: 'tiny' }))
    const phases = await page.evaluate(async () => {
      const seen = new Set<string>()
      const onEvent = (event: { type: string; phase?: string }) => event.phase && seen.add(event.phase)
      await koutu.preload({ model: 'tiny', persist: true }, { onEvent })
      return [...seen]
    })
    const after = await page.evaluate(() => koutu.cached({ model: 'tiny' }))
    expect([before, phases, after]).toEqual([false, ['download'], true])
    await page.reload()
    served.requests.length = 0
    expect(await cut(page)).toMatchObject(GOOD)
    // Code is the HTTP cache's to keep; data are ours.
    expect(served.requests.filter((path) => /\.(wasm|onnx|data)$/.test(path))).toEqual([])
    await page.evaluate(() => koutu.clear())
    expect(await page.evaluate(() => koutu.cached({ model: 'tiny' }))).toBe(false)
    expect(errors).toEqual([])
  })

  it('of a matting network are downloaded with it, and serve without network', async () => {
    await using served = await site()
    const { page, errors } = await openPage(tiny.browser, served.origin)
    // A drawing on one flat color is complete without it.
    const options = { model: 'tiny', refiner: 'tiny-refiner', subject: 'photo' } as const
    await page.evaluate(() => koutu.preload({ model: 'tiny' }))
    const cachedNow = () => page.evaluate((given) => koutu.cached(given), options)
    expect(await cachedNow()).toBe(false)
    expect(await cut(page, { ...options, offline: true })).toMatchObject({ code: 'OFFLINE' })
    await page.evaluate((given) => koutu.preload(given), options)
    expect(await cachedNow()).toBe(true)
    served.requests.length = 0
    expect(await cut(page, { ...options, offline: true })).toMatchObject({ center: 1 })
    expect(served.requests.filter((path) => /\.(wasm|onnx|data)$/.test(path))).toEqual([])
    expect(errors).toEqual([])
  })

  it('are downloaded by the other tab where one is killed in the middle', async () => {
    let asked = 0
    await using served = await site((path) => /tiny.*\.onnx$/.test(path) && ++asked === 1)
    const { page } = await openPage(tiny.browser, served.origin)
    const other = await page.context().newPage()
    await other.goto(served.origin)
    const lost = cut(page).catch(() => null)
    await vi.waitUntil(() => asked === 1, { timeout: 60_000 })
    const second = cut(other)
    await other.waitForFunction(async () => {
      const { held = [], pending = [] } = await navigator.locks.query()
      return pending.some(({ name }) => name?.endsWith('.onnx') && held.some((lock) => lock.name === name))
    })
    const session = await page.context().newCDPSession(page)
    session.send('Page.crash').catch(() => {})
    expect(await lost).toBeNull()
    expect(await second).toMatchObject(GOOD)
  })

  it.each([
    ['a missing one', 'ASSET_MISSING', (response: ServerResponse) => response.writeHead(404).end()],
    [
      'one of other bytes',
      'ASSET_CORRUPT',
      (response: ServerResponse, bytes: number) => response.end('#'.repeat(bytes)),
    ],
  ])('of a matting network, %s: %s', async (_, code, fail) => {
    await using served = await site((path, _request, response) => {
      if (!/tiny-refiner.*\.onnx$/.test(path)) return false
      void stat(join(tiny.assets, path.slice('/koutu/'.length))).then(({ size }) => fail(response, size))
      return true
    })
    const { page } = await openPage(tiny.browser, served.origin)
    expect(await cut(page, { refiner: 'tiny-refiner' })).toMatchObject({ code })
    expect(await cut(page)).toMatchObject(GOOD)
  })

  it('go on where a connection broke off', async () => {
    const { ranges, intercept } = interrupted(3_000_000, (response) => response.destroy())
    await using served = await site(intercept)
    const { page } = await openPage(tiny.browser, served.origin)
    expect(await cut(page)).toMatchObject(GOOD)
    expect(ranges[0]).toBeUndefined()
    expect(ranges[1]).toMatch(/^bytes=[1-9]\d*-$/)
  })

  it('go on where a page was closed', async () => {
    const stalled = Promise.withResolvers<void>()
    const { ranges, intercept } = interrupted(9_000_000, () => stalled.resolve())
    await using served = await site(intercept)
    const { page } = await openPage(tiny.browser, served.origin)
    void page.evaluate(() => koutu.preload({ model: 'tiny' })).catch(() => {})
    await stalled.promise
    const kept = () =>
      caches
        .open('koutu-files-1')
        .then(async (cache) => (await cache.keys()).some(({ url }) => url.includes('ort-wasm')))
    await page.waitForFunction(kept)
    await page.reload()
    expect(await cut(page)).toMatchObject(GOOD)
    expect(ranges[1]).toBe(`bytes=${8 * 2 ** 20}-`)
  })

  it('go on where a download was aborted', async () => {
    const { ranges, intercept } = interrupted(9_000_000)
    await using served = await site(intercept)
    const { page } = await openPage(tiny.browser, served.origin)
    const code = await page.evaluate(async () => {
      const controller = new AbortController()
      const isKept = async () =>
        (await (await caches.open('koutu-files-1')).keys()).some(({ url }) => url.includes('ort-wasm'))
      const onEvent = ({ type }: { type: string }) => {
        if (type === 'model') void isKept().then((kept) => kept && controller.abort())
      }
      // Bytes come no more when the first part is kept: its last event may be before that.
      const timer = setInterval(() => onEvent({ type: 'model' }), 50)
      try {
        await koutu.preload({ model: 'tiny' }, { signal: controller.signal, onEvent })
        return 'none'
      } catch (error) {
        return koutu.isKoutuError(error) ? error.code : String(error)
      } finally {
        clearInterval(timer)
      }
    })
    expect(code).toBe('ABORTED')
    expect(await cut(page)).toMatchObject(GOOD)
    expect(ranges[1]).toBe(`bytes=${8 * 2 ** 20}-`)
  })

  it('are downloaded by one of two tabs', async () => {
    await using served = await site()
    const { page } = await openPage(tiny.browser, served.origin)
    const other = await page.context().newPage()
    await other.goto(served.origin)
    const both = await Promise.all([cut(page), cut(other)])
    expect(both).toEqual([expect.objectContaining(GOOD), expect.objectContaining(GOOD)])
    const data = served.requests.filter((path) => /\.(wasm|onnx|data)$/.test(path))
    expect(new Set(data).size).toBe(data.length)
  })

  it.each([
    ['a missing one', 'ASSET_MISSING', (response: ServerResponse) => response.writeHead(404).end()],
    [
      'one of other bytes',
      'ASSET_CORRUPT',
      (response: ServerResponse, bytes: number) => response.end(Buffer.alloc(bytes)),
    ],
    [
      'a truncated one',
      'ASSET_CORRUPT',
      (response: ServerResponse, bytes: number) => response.end(Buffer.alloc(bytes - 9)),
    ],
    ['a server that fails', 'ASSET_DOWNLOAD_FAILED', (response: ServerResponse) => response.writeHead(503).end()],
  ])('%s: %s, and a later call finds it mended', async (_, code, fail) => {
    let isBroken = true
    await using served = await site((path, _request, response) => {
      if (!isBroken || !/tiny.*\.onnx$/.test(path)) return false
      void stat(join(tiny.assets, path.slice('/koutu/'.length))).then(({ size }) => fail(response, size))
      return true
    })
    const { page } = await openPage(tiny.browser, served.origin)
    expect(await cut(page)).toMatchObject({ code })
    isBroken = false
    expect(await cut(page)).toMatchObject(GOOD)
  })

  it.each([
    ['the runtime', /ort\.wasm\.min/, {}, 'ASSET_DOWNLOAD_FAILED'],
    ['what opens networks', /\/engine\./, {}, 'ASSET_DOWNLOAD_FAILED'],
    ['what few images need', /extras/, { refiner: 'tiny-refiner' }, 'ASSET_DOWNLOAD_FAILED'],
    ['the worker', /worker/, {}, 'ENGINE_FAILED'],
  ])(
    'code that is missing, %s, is an error of the call, and a later one finds it mended',
    async (_, file, options, code) => {
      let isMissing = true
      await using served = await site((path, _request, response) => {
        if (!isMissing || !file.test(path)) return false
        response.writeHead(404).end()
        return true
      })
      const { page } = await openPage(tiny.browser, served.origin)
      expect(await cut(page, { ...options, idleMs: 60_000 })).toMatchObject({ code })
      isMissing = false
      expect(await cut(page, { ...options, idleMs: 60_000 })).toMatchObject({ center: 1 })
    },
  )

  it('a used-up quota costs a warning, no image', async () => {
    await using served = await site()
    const { page } = await openPage(tiny.browser, served.origin)
    const session = await page.context().newCDPSession(page)
    await session.send('Storage.overrideQuotaForOrigin', { origin: served.origin.slice(0, -1), quotaSize: 1_000_000 })
    expect(await cut(page)).toMatchObject({ center: 1, warnings: ['cache-full'] })
  })
})

describe('the worker', () => {
  it('that was killed is an error of the call, and the next call starts another', async () => {
    let stall = true
    await using served = await site((path) => stall && /tiny.*\.onnx$/.test(path))
    const { page } = await openPage(tiny.browser, served.origin)
    const started = page.waitForEvent('worker')
    const first = cut(page)
    const worker = await started
    // The page waits for a lock that the worker holds as long as it lives. Any other is not held when it is asked for.
    await page.waitForFunction(async () => {
      const { held = [], pending = [] } = await navigator.locks.query()
      return pending.some(({ name }) => held.some((lock) => lock.name === name))
    })
    // Its own answer may be lost with it.
    void worker.evaluate(() => (globalThis as unknown as { close(): void }).close()).catch(() => {})
    expect(await first).toMatchObject({ code: 'ENGINE_FAILED' })
    stall = false
    expect(await cut(page)).toMatchObject(GOOD)
  })

  it('ends when it is idle', async () => {
    await using served = await site()
    const { page } = await openPage(tiny.browser, served.origin)
    expect(await cut(page, { idleMs: 1 })).toMatchObject(GOOD)
    // It holds a lock as long as it lives.
    await page.waitForFunction(async () => ((await navigator.locks.query()).held ?? []).length === 0)
    expect(await cut(page, { idleMs: 1 })).toMatchObject(GOOD)
  })
})
