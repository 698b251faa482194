// The studio's tools in Chromium, one after the other on one image, compared with what the API gives for the same options.

import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { visit } from './browser/studio.ts'
import { add, allDone, download, PHOTO, paint, shownSum, stageSum, viaApi } from './browser/studio-page.ts'
import { useStudio } from './browser/use-studio.ts'

const host = useStudio()
const PATIENCE = { timeout: 20_000 }

const tab = (page: Page, name: string) => page.getByRole('tab', { name }).click()

async function saved(page: Page): Promise<Buffer> {
  await tab(page, 'Export')
  await page.waitForFunction(() => /[kM]B/.test(document.querySelector('.wide-button')?.textContent ?? ''), undefined, {
    timeout: 30_000,
  })
  return (await download(page, /^Download/)).bytes
}

/** From and to in shares of the stage. */
async function drag(page: Page, from: readonly [number, number], to: readonly [number, number]): Promise<void> {
  const box = (await page.locator('koutu-view').boundingBox())!
  const at = ([x, y]: readonly [number, number]) => [box.x + box.width * x, box.y + box.height * y] as const
  await page.mouse.move(...at(from))
  await page.mouse.down()
  await page.mouse.move(...at(to), { steps: 6 })
  await page.mouse.up()
}

describe('tools of the studio', () => {
  it('place a subject on a canvas by name, and by dragging', async () => {
    await using visitor = await visit(host.browser, host.studio.url)
    const { page, errors } = visitor
    await add(page, PHOTO)
    await allDone(page, 1)
    await tab(page, 'Finish')
    await page.getByLabel('ID photo or marketplace').selectOption('amazon')
    const options = { canvas: '2000x2000', scale: '85', background: '#ffffff' }
    const result = await saved(page)
    expect(result.equals(await viaApi(host.studio.url, options))).toBe(true)
    expect(await sharp(result).metadata()).toMatchObject({ width: 2000, height: 2000 })

    await tab(page, 'Finish')
    const corner = (await page.locator('.corner.se').boundingBox())!
    await page.mouse.move(corner.x + 12, corner.y + 12)
    await page.mouse.down()
    await page.mouse.move(corner.x - 60, corner.y - 60, { steps: 6 })
    await page.mouse.up()
    const scale = Number(await page.getByRole('slider', { name: /^Scale/ }).inputValue())
    expect(scale).toBeGreaterThan(40)
    expect(scale).toBeLessThan(80)
    const frame = (await page.locator('.place-frame').boundingBox())!
    await page.mouse.move(frame.x + frame.width / 2, frame.y + frame.height / 2)
    await page.mouse.down()
    await page.mouse.move(frame.x - 400, frame.y + frame.height / 2, { steps: 6 })
    await page.mouse.up()
    expect(await page.getByLabel('Left to right').inputValue()).toBe('0')

    // Another canvas takes the place along that came with the first.
    await page.getByRole('button', { name: '4:5' }).click()
    const shaped = await saved(page)
    expect(shaped.equals(await viaApi(host.studio.url, { canvas: '4:5', background: '#ffffff' }))).toBe(true)
    expect(errors).toEqual([])
  })

  it('limit the subject to a rectangle, show what is removed, and change what lies behind', async () => {
    await using visitor = await visit(host.browser, host.studio.url)
    const { page, errors } = visitor
    await add(page, PHOTO)
    await allDone(page, 1)
    const whole = await shownSum(page)
    await page.keyboard.press('r')
    await drag(page, [0.2, 0.1], [0.5, 0.95])
    await page.waitForSelector('.limit.subject')
    await expect.poll(() => stageSum(page), { timeout: 20_000 }).toBeLessThan(whole * 0.8)
    await page.keyboard.press('Control+z')
    await expect.poll(() => stageSum(page), { timeout: 20_000 }).toBeGreaterThan(whole * 0.99)
    expect(await page.locator('.limit').count()).toBe(0)

    // A rectangle for strokes: the tail outside of it stays, whatever is painted on it.
    await page.getByRole('radio', { name: 'Strokes' }).check()
    await page.keyboard.press('r')
    await drag(page, [0.2, 0.1], [0.6, 0.95])
    await page.waitForSelector('.limit.strokes')
    await page.keyboard.press('e')
    await paint(page)
    await page.waitForFunction(() => performance.getEntriesByName('koutu-stroke-full').length > 0, undefined, PATIENCE)
    expect(await stageSum(page)).toBeGreaterThan(whole * 0.99)
    await page.keyboard.press('Control+z')
    await page.keyboard.press('Control+z')
    await page.keyboard.press('Escape')

    await page.keyboard.press('o')
    expect(await page.getByRole('button', { name: 'Overlay', exact: true }).getAttribute('aria-pressed')).toBe('true')
    await page.keyboard.press('o')
    await page.getByRole('button', { name: 'Behind the cutout' }).click()
    await page.getByRole('button', { name: 'Black' }).click()
    await expect.poll(() => cornerOf(page), { timeout: 5000 }).toEqual([0, 0, 0, 255])
    expect(errors).toEqual([])
  })

  it('settings go by name, by link and by file, gradients included', async () => {
    await using visitor = await visit(host.browser, host.studio.url)
    const { page, errors } = visitor
    await add(page, PHOTO)
    await allDone(page, 1)
    await tab(page, 'Finish')
    await page.getByRole('button', { name: /^Gradient from #fde7d3/ }).click()
    await page.getByRole('button', { name: 'Square' }).click()
    const first = await saved(page)
    await page.getByLabel('Name of a preset').fill('Shop')
    await page.getByRole('button', { name: 'Save preset' }).click()
    await page.getByRole('button', { name: 'Shop', exact: true }).waitFor()
    const link = page.locator('textarea[aria-label="As a link"]')
    await expect.poll(() => link.inputValue()).toContain('#settings=')
    const shared = await link.inputValue()

    // Another visitor opens the link.
    await using other = await visit(host.browser, shared)
    await add(other.page, PHOTO)
    await allDone(other.page, 1)
    expect((await saved(other.page)).equals(first)).toBe(true)

    // The first one comes back to it by name, after a reload.
    await tab(page, 'Finish')
    await page.getByRole('button', { name: 'Reset to defaults' }).click()
    await page.reload()
    await allDone(page, 1)
    await tab(page, 'Export')
    await page.getByRole('button', { name: 'Shop', exact: true }).click()
    expect((await saved(page)).equals(first)).toBe(true)
    expect([...errors, ...other.errors]).toEqual([])
  })

  it('tell the size of the file, and about those of the other formats', async () => {
    await using visitor = await visit(host.browser, host.studio.url)
    const { page } = visitor
    await add(page, PHOTO)
    await allDone(page, 1)
    await saved(page)
    const shown = () => page.locator('.formats label').allTextContents()
    await expect.poll(async () => (await shown()).filter((text) => text.includes('≈')).length, PATIENCE).toBe(4)
    for (const format of ['webp', 'psd']) {
      const chip = (await shown()).find((text) => text.startsWith(format.toUpperCase()))!
      const [, about, unit] = /≈ ([\d.]+)\s(kB|MB)/.exec(chip)!
      const exact = (await viaApi(host.studio.url, { format })).length
      const ratio = (Number(about) * (unit === 'MB' ? 1e6 : 1e3)) / exact
      expect(ratio, format).toBeGreaterThan(0.5)
      expect(ratio, format).toBeLessThan(2)
    }
  })

  it('compare two qualities side by side, and go on with one of them', async () => {
    await using visitor = await visit(host.browser, host.studio.url)
    const { page, errors } = visitor
    await add(page, PHOTO)
    await allDone(page, 1)
    await page.keyboard.press('c')
    const dialog = page.getByRole('dialog')
    await page.waitForFunction(() => document.querySelectorAll('.side[data-done]').length === 2, undefined, {
      timeout: 60_000,
    })
    await dialog.getByLabel('Quality').nth(1).selectOption('fast')
    await page.waitForFunction(() => document.querySelectorAll('.side[data-done]').length === 2, undefined, {
      timeout: 60_000,
    })
    await dialog.getByRole('button', { name: 'Use this one' }).nth(1).click()
    await dialog.waitFor({ state: 'hidden' })
    expect((await saved(page)).equals(await viaApi(host.studio.url, { quality: 'fast' }))).toBe(true)
    expect(errors).toEqual([])
  })

  it('pick a color from the image where the browser has no eyedropper', async () => {
    await using visitor = await visit(host.browser, host.studio.url)
    const { page } = visitor
    await page.evaluate(() => {
      delete (globalThis as { EyeDropper?: unknown }).EyeDropper
    })
    await add(page, PHOTO)
    await allDone(page, 1)
    await shownSum(page)
    await tab(page, 'Finish')
    await page.getByRole('button', { name: 'Pick a color' }).click()
    const box = (await page.locator('koutu-view').boundingBox())!
    await page.mouse.click(box.x + box.width * 0.68, box.y + box.height * 0.72)
    await page.waitForFunction(() => JSON.parse(localStorage.getItem('koutu-studio-settings') ?? '{}').background)
    const { color } = await page.evaluate(
      () => JSON.parse(localStorage.getItem('koutu-studio-settings')!).background as { color: string },
    )
    // The tail is orange.
    const [red, , blue] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16))
    expect(red! - blue!).toBeGreaterThan(60)
  })
})

/** The pixel of the stage a little inside of the image's upper left corner. */
const cornerOf = (page: Page) =>
  page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('koutu-view .result')!
    const { data } = canvas.getContext('2d')!.getImageData(canvas.width * 0.1, canvas.height / 2, 1, 1)
    return [...data]
  })
