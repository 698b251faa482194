// Where @koutu/browser works: pages with a strict policy, extensions, and devices that fail or lie.

import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EMULATED_WEBGPU, openExtension, openPage, startChromium } from './browser/chromium.ts'
import { cut, GOOD } from './browser/cut.ts'
import { ISOLATION } from './browser/site.ts'
import { type Intercept, openTinySite, useTiny } from './browser/tiny-site.ts'

const tiny = useTiny()
const site = (intercept?: Intercept, headers?: Record<string, string>) => openTinySite(tiny, intercept, headers)

describe('the page', () => {
  it('may have a strict content security policy', async () => {
    const policy =
      "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src data:"
    await using served = await site(undefined, { ...ISOLATION, 'content-security-policy': policy })
    const { page, errors } = await openPage(tiny.browser, served.origin)
    expect(await cut(page)).toMatchObject(GOOD)
    expect(errors).toEqual([])
  })

  it('may be one of an extension, which holds the files', async () => {
    const extension = join(tiny.folder, 'extension')
    await mkdir(extension)
    await cp(tiny.page, extension, { recursive: true })
    await cp(tiny.assets, join(extension, 'koutu'), { recursive: true })
    const manifest = {
      manifest_version: 3,
      name: 'koutu',
      version: '1',
      content_security_policy: { extension_pages: "script-src 'self' 'wasm-unsafe-eval'; object-src 'self'" },
      cross_origin_embedder_policy: { value: 'require-corp' },
      cross_origin_opener_policy: { value: 'same-origin' },
    }
    await writeFile(join(extension, 'manifest.json'), JSON.stringify(manifest))
    await using opened = await openExtension(extension, 'index.html')
    const { page, errors, hosts } = opened
    expect(await cut(page)).toMatchObject({ ...GOOD, precision: expect.stringMatching(/on wasm( x \d+)?$/) })
    expect(await page.evaluate(() => [crossOriginIsolated, location.protocol])).toEqual([true, 'chrome-extension:'])
    // Nothing of an extension has to be downloaded.
    expect(await page.evaluate(() => koutu.cached({ model: 'tiny' }))).toBe(true)
    expect([errors, [...hosts]]).toEqual([[], []])
  })
})

describe('devices', () => {
  it('WebGPU that a browser has not: a warning, and WebAssembly', async () => {
    await using served = await site()
    const { page, errors } = await openPage(tiny.browser, served.origin)
    const found = await cut(page, { device: 'webgpu' })
    expect(found).toMatchObject({ center: 1, warnings: ['device-unavailable'] })
    expect(found).toHaveProperty('precision', expect.stringContaining('on wasm'))
    expect(errors).toEqual([])
  })

  it('one that computes wrongly is not used', async () => {
    await using served = await site((path, _request, response) => {
      if (!path.endsWith('manifest.json')) return false
      void readFile(join(tiny.assets, 'manifest.json'), 'utf8').then((text) => {
        const manifest = JSON.parse(text)
        for (const test of manifest.selfTests) test.output[7] += 3 * test.tolerance
        response.end(JSON.stringify(manifest))
      })
      return true
    })
    const { page } = await openPage(tiny.browser, served.origin)
    expect(await cut(page)).toMatchObject({ code: 'ENGINE_UNAVAILABLE', message: expect.stringContaining('off by') })
  })

  it('WebGPU cuts like WebAssembly, where there is one', async () => {
    const gpu = await startChromium(EMULATED_WEBGPU)
    try {
      await using served = await site()
      const { page } = await openPage(gpu, served.origin)
      const found = await cut(page, { device: 'webgpu' })
      expect(found).toMatchObject({ center: 1, warnings: [], precision: expect.stringContaining('on webgpu') })
    } finally {
      await gpu.close()
    }
  })

  it('WebGPU that gets lost in the middle: a warning, and WebAssembly', async () => {
    const gpu = await startChromium(EMULATED_WEBGPU)
    try {
      await using served = await site()
      const { page } = await openPage(gpu, served.origin)
      const started = page.waitForEvent('worker')
      // Starts the worker, which asks for a device later.
      await page.evaluate(() => koutu.preload({ model: 'tiny', device: 'webgpu' }))
      const worker = await started
      await worker.evaluate(keepDevice)
      expect(await cut(page, { device: 'webgpu' })).toMatchObject({
        ...GOOD,
        precision: expect.stringContaining('on webgpu'),
      })
      await worker.evaluate(() => (globalThis as unknown as Kept).device.destroy())
      const found = { center: 1, warnings: ['device-unavailable'], precision: expect.stringContaining('on wasm') }
      expect(await cut(page, { device: 'webgpu' })).toMatchObject(found)
      // What took its place stays.
      expect(await cut(page, { device: 'webgpu' })).toMatchObject(found)
    } finally {
      await gpu.close()
    }
  })
})

interface Kept {
  device: { destroy(): void }
}

/** In the worker: remembers the device that the runtime gets. */
function keepDevice(): void {
  const { GPUAdapter } = globalThis as unknown as {
    GPUAdapter: { prototype: { requestDevice(options: object): Promise<Kept['device']> } }
  }
  const { requestDevice } = GPUAdapter.prototype
  GPUAdapter.prototype.requestDevice = async function (options) {
    const device = await requestDevice.call(this, options)
    ;(globalThis as unknown as Kept).device = device
    return device
  }
}
