// The stage of the studio under fingers, a pen and a mouse, with several subjects and with a large image: in Chromium.

import { join } from 'node:path'
import type { CDPSession, Page } from 'playwright-core'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { visit } from './browser/studio.ts'
import { add, allDone, PHOTO, shownSum, stageSum } from './browser/studio-page.ts'
import { useStudio } from './browser/use-studio.ts'

const host = useStudio()
const PATIENCE = { timeout: 30_000 }
type At = readonly [x: number, y: number]
interface Placement {
  readonly scale: number
  readonly x: number
  readonly y: number
}

/** In shares of the stage. */
async function onStage(page: Page): Promise<(x: number, y: number) => At> {
  const box = (await page.locator('koutu-view').boundingBox())!
  return (x, y) => [box.x + box.width * x, box.y + box.height * y]
}

/** Puts fingers down, moves all of them in steps, lifts them. */
async function touch(client: CDPSession, from: readonly At[], to: readonly At[]): Promise<void> {
  const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', points: readonly At[]) =>
    client.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) })
  const STEPS = 6
  await send('touchStart', from)
  for (let step = 1; step <= STEPS; step++) {
    const between = ([x, y]: At, i: number): At => {
      const [tx, ty] = to[i]!
      return [x + ((tx - x) * step) / STEPS, y + ((ty - y) * step) / STEPS]
    }
    await send('touchMove', from.map(between))
  }
  await send('touchEnd', [])
}

/** Where the image lies on the stage, in CSS pixels, and how many of them show one of its pixels. */
const placed = (page: Page) =>
  page.locator('koutu-view').evaluate((view) => (view as unknown as { placement: Placement }).placement)

/** Strokes as a reload would find them. */
const storedStrokes = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<{ tool: string; radius: number; points: number[][] }[]>((resolve) => {
        const opening = indexedDB.open('koutu-studio')
        opening.onsuccess = () => {
          const asked = opening.result.transaction('items').objectStore('items').get('list')
          asked.onsuccess = () => {
            opening.result.close()
            resolve(asked.result[0].strokes)
          }
        }
      }),
  )

const undo = (page: Page) => page.getByRole('button', { name: 'Undo' })

describe('fingers on a phone', () => {
  it('one pans, two zoom and pan, and with a brush one paints and two still move', async () => {
    await using visitor = await visit(host.browser, host.studio.url, {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    })
    const { page, errors } = visitor
    await add(page, PHOTO)
    await allDone(page, 1)
    const before = await shownSum(page)
    const client = await page.context().newCDPSession(page)
    const at = await onStage(page)
    const fitted = await placed(page)

    await touch(client, [at(0.4, 0.5), at(0.6, 0.5)], [at(0.3, 0.5), at(0.7, 0.5)])
    const zoomed = await placed(page)
    expect(zoomed.scale / fitted.scale).toBeGreaterThan(1.9)
    expect(zoomed.scale / fitted.scale).toBeLessThan(2.1)

    const [dx, dy] = [30, 20]
    const moved = ([x, y]: At): At => [x + dx, y + dy]
    await touch(client, [at(0.5, 0.5)], [moved(at(0.5, 0.5))])
    const panned = await placed(page)
    expect(panned.scale).toBe(zoomed.scale)
    expect([panned.x - zoomed.x, panned.y - zoomed.y]).toEqual([expect.closeTo(dx, 0), expect.closeTo(dy, 0)])

    await page.getByRole('button', { name: 'Fit', exact: true }).tap()
    await page.getByRole('tab', { name: 'Fix' }).tap()
    await page.getByRole('button', { name: 'Remove', exact: true }).tap()
    const withBrush = await onStage(page)
    const pair = [withBrush(0.4, 0.4), withBrush(0.6, 0.4)]
    const still = await placed(page)
    await touch(client, pair, pair.map(moved))
    const dragged = await placed(page)
    expect([dragged.x - still.x, dragged.y - still.y]).toEqual([expect.closeTo(dx, 0), expect.closeTo(dy, 0)])
    expect(await undo(page).isDisabled()).toBe(true)

    await page.getByRole('button', { name: 'Fit', exact: true }).tap()
    await touch(client, [withBrush(0.62, 0.62)], [withBrush(0.8, 0.56)])
    expect(await undo(page).isDisabled()).toBe(false)
    await expect.poll(() => stageSum(page), PATIENCE).toBeLessThan(before * 0.99)
    expect(errors).toEqual([])
  })
})

describe('a brush', () => {
  it('has a size of the screen or of the image, and a pen makes it wider; each stroke is one step', async () => {
    await using visitor = await visit(host.browser, host.studio.url)
    const { page, errors } = visitor
    await add(page, PHOTO)
    await allDone(page, 1)
    await shownSum(page)
    await page.keyboard.press('b')
    const at = await onStage(page)
    const { scale } = await placed(page)
    const paint = async (y: number) => {
      await page.mouse.move(...at(0.4, y))
      await page.mouse.down()
      await page.mouse.move(...at(0.5, y), { steps: 4 })
      await page.mouse.up()
    }
    await paint(0.4)
    await page.getByLabel('Size in pixels of the image').check()
    await paint(0.45)
    await expect.poll(async () => (await storedStrokes(page)).length, PATIENCE).toBe(2)
    const [ofScreen, ofImage] = (await storedStrokes(page)).map(({ radius }) => radius)
    // 48 px across, of which a soft edge is left to the solver; in % of 1200 px.
    expect(ofImage).toBeCloseTo(((24 * (1 - 0.3 * 0.75)) / 1200) * 100, 5)
    expect(ofScreen! / ofImage!).toBeCloseTo(1 / scale, 5)

    const client = await page.context().newCDPSession(page)
    const pen = (type: 'mousePressed' | 'mouseMoved' | 'mouseReleased', [x, y]: At, force: number) =>
      client.send('Input.dispatchMouseEvent', {
        type,
        x,
        y,
        force,
        pointerType: 'pen',
        button: 'left',
        buttons: type === 'mouseReleased' ? 0 : 1,
        clickCount: 1,
      })
    await pen('mousePressed', at(0.4, 0.5), 0.25)
    for (let i = 1; i <= 10; i++) await pen('mouseMoved', at(0.4 + i * 0.015, 0.5), 0.25 + i * 0.06)
    await pen('mouseReleased', at(0.55, 0.5), 0)
    await expect.poll(async () => (await storedStrokes(page)).length, PATIENCE).toBeGreaterThan(3)
    const radii = (await storedStrokes(page)).slice(2).map(({ radius }) => radius)
    expect(radii).toEqual(radii.toSorted((a, b) => a - b))
    expect(radii[0]! / ofImage!).toBeCloseTo(0.5, 5)
    expect(radii.at(-1)! / ofImage!).toBeCloseTo(1.5, 5)

    await page.keyboard.press('Control+z')
    await expect.poll(async () => (await storedStrokes(page)).length, PATIENCE).toBe(2)
    await page.keyboard.press('Control+Shift+z')
    await expect.poll(async () => (await storedStrokes(page)).length, PATIENCE).toBe(2 + radii.length)
    expect(errors).toEqual([])
  })
})

describe('several subjects', () => {
  it('are taken out and in by a click on each', async () => {
    const fox = await sharp(PHOTO).resize(600, 450).toBuffer()
    const two = join(host.folder, 'two.png')
    await sharp({ create: { width: 1200, height: 450, channels: 3, background: '#000' } })
      .composite([0, 600].map((left) => ({ input: fox, left, top: 0 })))
      .toFile(two)
    await using visitor = await visit(host.browser, host.studio.url)
    const { page, errors } = visitor
    await add(page, two)
    await allDone(page, 1)
    const both = await shownSum(page)
    await page.getByRole('tab', { name: 'Fix' }).click()
    const mark = page.locator('.mark', { hasText: '2' })
    await mark.click()
    await expect.poll(() => mark.getAttribute('aria-pressed'), PATIENCE).toBe('false')
    await expect.poll(() => stageSum(page), PATIENCE).toBeLessThan(both * 0.6)
    expect(await stageSum(page)).toBeGreaterThan(both * 0.4)
    await mark.click()
    await expect.poll(() => stageSum(page), PATIENCE).toBeGreaterThan(both * 0.95)
    expect(errors).toEqual([])
  })
})

describe('an image of 24 megapixels', () => {
  it('is shown by a small copy, and sharp where somebody looks closely; no canvas is too large for phones', async () => {
    const large = join(host.folder, 'large.jpg')
    await sharp(PHOTO).resize(6000, 4000, { fit: 'fill' }).jpeg({ quality: 90 }).toFile(large)
    await using visitor = await visit(host.browser, host.studio.url)
    const { page, errors } = visitor
    await page.evaluate(watchCanvases)
    await add(page, large)
    await page.waitForSelector('.card[data-status=done]', { timeout: 120_000 })
    await shownSum(page)
    await page.keyboard.press('2')
    expect((await placed(page)).scale).toBe(1)
    const at = await onStage(page)
    for (let i = 0; i < 3; i++) {
      await page.mouse.move(...at(0.8, 0.7))
      await page.mouse.down()
      await page.mouse.move(...at(0.2, 0.4), { steps: 5 })
      await page.mouse.up()
    }
    // The tail is on the stage at full size: its tiles have come.
    await expect.poll(() => stageSum(page), PATIENCE).toBeGreaterThan(0.2)
    expect(await page.evaluate(() => (globalThis as unknown as { largest: number }).largest)).toBeLessThan(16.7e6)
    expect(errors).toEqual([])
  })
})

/** Notes the largest number of pixels that a canvas of the page is given. */
function watchCanvases(): void {
  const watched = globalThis as unknown as { largest: number }
  watched.largest = 0
  const note = ({ width, height }: { width: number; height: number }) => {
    watched.largest = Math.max(watched.largest, width * height)
  }
  const classes = [HTMLCanvasElement, OffscreenCanvas]
  globalThis.OffscreenCanvas = class extends OffscreenCanvas {
    constructor(width: number, height: number) {
      super(width, height)
      note(this)
    }
  }
  for (const canvas of classes) {
    for (const name of ['width', 'height'] as const) {
      const own = Object.getOwnPropertyDescriptor(canvas.prototype, name)!
      Object.defineProperty(canvas.prototype, name, {
        ...own,
        set(this: HTMLCanvasElement | OffscreenCanvas, value: number) {
          own.set!.call(this, value)
          note(this)
        },
      })
    }
  }
}
