// How images come into the studio and leave it, and what happens to those on their way: in Chromium, with the real server.

import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { openSite } from './browser/site.ts'
import { visit } from './browser/studio.ts'
import { add, allDone, download, PHOTO, viaApi } from './browser/studio-page.ts'
import { useStudio } from './browser/use-studio.ts'

const host = useStudio(['--allow-private-urls'])
const PATIENCE = { timeout: 30_000 }

const cards = (page: Page, count: number) =>
  page.waitForFunction((wanted) => document.querySelectorAll('.card').length === wanted, count)

/** Of each pixel, row by row. */
const alphaOf = (png: Uint8Array): Promise<Buffer> => sharp(png).ensureAlpha().extractChannel('alpha').raw().toBuffer()

describe('ways in and out', () => {
  it('the clipboard: a result is copied with its alpha, and an image is pasted', async () => {
    await using visitor = await visit(host.browser, host.studio.url)
    const { page, errors } = visitor
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await add(page, PHOTO)
    await allDone(page, 1)
    await page.keyboard.press('Control+c')
    await page.getByRole('status').getByText('Copied').waitFor()
    const copied = await page.evaluate(async () => {
      const [item] = await navigator.clipboard.read()
      return [...new Uint8Array(await (await item!.getType('image/png')).arrayBuffer())]
    })
    const alpha = await alphaOf(Uint8Array.from(copied))
    expect(alpha.equals(await alphaOf(await viaApi(host.studio.url, {})))).toBe(true)
    await page.keyboard.press('Control+v')
    await cards(page, 2)
    await allDone(page, 2)
    expect(errors).toEqual([])
  })

  it('a folder, with the images of folders in it', async () => {
    await using visitor = await visit(host.browser, host.studio.url)
    const { page } = visitor
    const album = join(host.folder, 'album')
    await mkdir(join(album, 'inner'), { recursive: true })
    await copyFile(PHOTO, join(album, 'a.jpg'))
    await copyFile(PHOTO, join(album, 'inner', 'b.jpg'))
    await writeFile(join(album, 'notes.txt'), 'text')
    await page.setInputFiles('input[webkitdirectory]', album)
    await cards(page, 2)
    expect(
      await page.locator('.card .thumb').evaluateAll((all) => all.map((thumb) => thumb.getAttribute('title')).sort()),
    ).toEqual(['a.jpg', 'b.jpg'])
    await allDone(page, 2)
  })

  it('a URL that the server fetches: the page itself asks nobody else', async () => {
    await using site = await openSite({ folders: { '/': dirname(PHOTO) } })
    await using visitor = await visit(host.browser, host.studio.url)
    const { page, errors, hosts } = visitor
    await page.getByRole('button', { name: 'From a URL' }).click()
    await page.getByLabel('URL of an image').fill(`${site.origin}photo.jpg`)
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await allDone(page, 1)
    const { name, bytes } = await download(page, /^Download/)
    expect(name).toBe('photo.png')
    expect(bytes.equals(await viaApi(host.studio.url, {}))).toBe(true)
    // The page has no file of it: the thumbnail is made of the result.
    await expect.poll(() => page.evaluate(hasThumbnail), PATIENCE).toBe(true)
    expect(site.requests).toEqual(['/photo.jpg'])
    expect([...hosts]).toEqual([new URL(host.studio.url).host])
    expect(errors).toEqual([])
  })
})

describe('an image on its way', () => {
  it('waits for a server that cannot be reached, and says so', async () => {
    await using visitor = await visit(host.browser, host.studio.url)
    const { page } = visitor
    await page.context().setOffline(true)
    await add(page, PHOTO)
    await page.locator('.notice').getByText('The server cannot be reached').waitFor()
    await page.context().setOffline(false)
    await allDone(page, 1)
  })

  it('is not worked on once it is canceled, though the answer to its upload was lost by a reload', async () => {
    await using visitor = await visit(host.browser, host.studio.url)
    const { page } = visitor
    // Answers stay on the way: the server has the job, the page does not know it.
    const client = await page.context().newCDPSession(page)
    const answered = new Promise<{ method: string }>((resolve) => {
      client.once('Fetch.requestPaused', ({ request }) => resolve(request))
    })
    await client.send('Fetch.enable', { patterns: [{ urlPattern: '*/v1/cutouts', requestStage: 'Response' }] })
    // Nor does what the page says before the reload reach the server.
    await page.route('**/v1/**', (route) => (route.request().method() === 'DELETE' ? route.abort() : route.fallback()))
    await add(page, PHOTO)
    expect((await answered).method).toBe('POST')
    await page.getByRole('button', { name: 'Cancel', exact: true }).click()
    await page.waitForSelector('.card[data-status=canceled]')
    await client.send('Fetch.disable')
    await page.unroute('**/v1/**')
    await page.reload()
    await page.waitForSelector('.card[data-status=canceled]')
    const latest = async () => {
      const response = await fetch(new URL('v1/jobs?limit=1', host.studio.url))
      return ((await response.json()) as { jobs: { state: string }[] }).jobs[0]!.state
    }
    // Deleted where it was quicker.
    await expect.poll(latest, PATIENCE).toMatch(/^(canceled|deleted)$/)
  })
})

/** Whether the card shows anything. */
function hasThumbnail(): boolean {
  const canvas = document.querySelector<HTMLCanvasElement>('.card canvas')!
  const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
  return data.some((value) => value > 0)
}
