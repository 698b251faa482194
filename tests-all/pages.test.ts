// The pages of a served koutu in Chromium, under their own policies: nothing is refused by them, no other host is asked, and
// the console stays clean.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Served, serve } from '../packages/koutu/src/cli/serve.fixture.ts'
import { openPage, startChromium } from './browser/chromium.ts'

let browser: Browser
let served: Served
const data = mkdtempSync(join(tmpdir(), 'koutu-pages-'))

beforeAll(async () => {
  browser = await startChromium()
  served = await serve(data)
}, 120_000)
afterAll(async () => {
  await browser.close()
  await served.stop()
  rmSync(data, { recursive: true })
})

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly summary: string }>>>>
}

describe('the pages', () => {
  it('/ is the studio, isolated from other origins', async () => {
    const { page, errors, hosts } = await openPage(browser, served.url)
    await page.locator('input[type=file]').first().waitFor({ state: 'attached' })
    expect(await page.evaluate('crossOriginIsolated')).toBe(true)
    expect([errors, [...hosts]]).toEqual([[], [new URL(served.url).host]])
  })

  it('/docs shows each request of the API, and asks no other host', async () => {
    const { page, errors, hosts } = await openPage(browser, `${served.url}/docs`)
    await page.setViewportSize({ width: 1280, height: 900 })
    await page.getByText('Make the result of a job again').first().waitFor()
    const text = await page.locator('openapi-explorer').evaluate((viewer) => viewer.shadowRoot?.textContent ?? '')
    const { paths } = (await (await fetch(`${served.url}/openapi.json`)).json()) as OpenApi
    for (const { summary } of Object.values(paths).flatMap((methods) => Object.values(methods)))
      expect(text).toContain(summary)
    expect([errors, [...hosts]]).toEqual([[], [new URL(served.url).host]])
    if (process.env.KOUTU_SHOTS) await page.screenshot({ path: join(process.env.KOUTU_SHOTS, 'docs.png') })
  })
})
