// `npm run studio:shots FOLDER [PART]`: images of the studio in each main state, both themes and languages, four widths. For people
// to look at. PART names some of them: `zh-CN-dark`, `390`; `docs` takes those of docs/studio.md.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { startChromium } from '../tests-all/browser/chromium.ts'
import { startStudio, visit } from '../tests-all/browser/studio.ts'

const PHOTO = join(import.meta.dirname, '../examples/photo.jpg')
const WIDTHS = [390, 768, 1280, 2560] as const
const HEIGHTS: Readonly<Record<number, number>> = { 390: 844, 768: 1024, 1280: 800, 2560: 1440 }

const [, , given, part = ''] = process.argv
if (!given) throw new Error('expected a folder for the images, outside of the repository')
const out = resolve(given)
const data = await mkdtemp(join(tmpdir(), 'koutu-shots-'))
const studio = await startStudio(data)
const browser = await startChromium()
try {
  if ('docs'.startsWith(part)) await docsPictures()
  for (const [locale, colorScheme] of [
    ['en-US', 'light'],
    ['zh-CN', 'dark'],
    ['en-US', 'dark'],
    ['zh-CN', 'light'],
  ] as const) {
    for (const width of WIDTHS) {
      const name = `${locale}-${colorScheme}-${width}`
      if (!name.includes(part)) continue
      await using visitor = await visit(browser, studio.url, {
        locale,
        colorScheme,
        viewport: { width, height: HEIGHTS[width]! },
      })
      await states(visitor.page, (state) => join(out, `${state}-${name}.png`))
    }
  }
} finally {
  await browser.close()
  await studio.stop()
  await rm(data, { recursive: true, force: true })
}

/** A sample that the page draws itself, placed on a canvas. */
async function docsPictures(): Promise<void> {
  for (const [locale, name] of [
    ['en-US', 'studio.webp'],
    ['zh-CN', 'studio.zh-CN.webp'],
  ] as const) {
    await using visitor = await visit(browser, studio.url, {
      locale,
      colorScheme: 'light',
      viewport: { width: 1120, height: 700 },
    })
    const { page } = visitor
    await page.locator('.samples button').nth(1).click()
    await page.waitForFunction(() => document.querySelector('.card[data-status=done]'))
    await page.click('#tab-finish')
    await page.locator('.panel .swatch').nth(6).click()
    await page.locator('.shape').nth(2).click()
    await page.locator('.check input').nth(1).check()
    await page.waitForSelector('.place-frame')
    await page.waitForTimeout(3000)
    await sharp(await page.screenshot())
      .webp({ quality: 88 })
      .toFile(join(out, name))
  }
}

async function states(page: Page, path: (state: string) => string): Promise<void> {
  const shoot = async (state: string) => {
    // Fonts, fades and the next frame.
    await page.evaluate(() => new Promise((done) => setTimeout(done, 400)))
    await page.screenshot({ path: path(state) })
  }
  const full = () => page.waitForFunction(() => /[kM]B/.test(document.querySelector('.wide-button')?.textContent ?? ''))
  await page.waitForSelector('.empty h2')
  await shoot('1-empty')
  await page.setInputFiles('input.picker', [PHOTO, PHOTO, PHOTO])
  await page.waitForSelector('.notice')
  await shoot('2-working')
  await page.waitForFunction(() => document.querySelectorAll('.card[data-status=done]').length === 3)
  await full()
  await shoot('3-export')
  await page.locator('koutu-compare > input').focus()
  await page.keyboard.press('2')
  await shoot('4-compare')
  await page.keyboard.press('3')
  await page.keyboard.press('e')
  const box = (await page.locator('koutu-view').boundingBox())!
  const at = (x: number, y: number) => [box.x + box.width * x, box.y + box.height * y] as const
  await page.mouse.move(...at(0.62, 0.62))
  await page.mouse.down()
  await page.mouse.move(...at(0.76, 0.66), { steps: 8 })
  await shoot('5-brush')
  await page.mouse.up()
  await page.waitForTimeout(4000)
  await shoot('6-fixed')
  await page.keyboard.press('Control+z')
  await page.keyboard.press('o')
  await shoot('7-overlay')
  await page.keyboard.press('o')
  await page.keyboard.press('r')
  await page.mouse.move(...at(0.3, 0.2))
  await page.mouse.down()
  await page.mouse.move(...at(0.62, 0.85), { steps: 4 })
  await page.mouse.up()
  await page.waitForTimeout(4000)
  await shoot('8-rectangle')
  await page.keyboard.press('Control+z')
  await page.keyboard.press('Escape')
  await page.click('#backdrop-button')
  await shoot('9-backdrop')
  await page.keyboard.press('Escape')
  await page.click('#tab-finish')
  await page.locator('.panel .swatch').nth(4).click()
  await page.locator('.shape').nth(1).click()
  await page.waitForTimeout(4000)
  await shoot('10-finish')
  await page.locator('.panel select').selectOption('amazon')
  await page.waitForTimeout(4000)
  await shoot('11-placed')
  await page.click('#tab-export')
  await full()
  await shoot('12-export-placed')
  await page.keyboard.press('c')
  await page.waitForFunction(() => document.querySelectorAll('.side[data-done]').length === 2, undefined, {
    timeout: 60_000,
  })
  await shoot('13-models')
  await page.keyboard.press('Escape')
  await page.keyboard.press('?')
  await shoot('14-shortcuts')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+k')
  await shoot('15-commands')
}
