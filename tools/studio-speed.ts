// `npm run studio:speed [PART]`: how fast the studio answers, in Chromium with the real server. Nothing else should run meanwhile.
// PART names one measurement: `load`, `strokes`, `hundred`, `large`.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, CDPSession, Page } from 'playwright-core'
import sharp from 'sharp'
import { startChromium } from '../tests-all/browser/chromium.ts'
import { startStudio, visit } from '../tests-all/browser/studio.ts'

const PHOTO = join(import.meta.dirname, '../examples/photo.jpg')
const STROKES = 12
const DROPPED = 100
const IDLE_MS = 5000
const LARGE = [
  [6000, 4000],
  [8160, 6120],
] as const

const [, , part = ''] = process.argv
const folder = await mkdtemp(join(tmpdir(), 'koutu-speed-'))
const studio = await startStudio(join(folder, 'data'))
const browser = await startChromium()
try {
  const parts = { load: firstLoad, strokes, hundred, large }
  for (const [name, measure] of Object.entries(parts)) if (name.startsWith(part)) await measure(browser)
} finally {
  await browser.close()
  await studio.stop()
  await rm(folder, { recursive: true, force: true })
}

function say(what: string, values: readonly number[], unit: string, wanted: string): void {
  const sorted = values.toSorted((a, b) => a - b)
  const shown = (value: number | undefined) => (value === undefined ? '?' : value.toFixed(value < 10 ? 1 : 0))
  const worst = sorted.length > 1 ? `, worst ${shown(sorted.at(-1))} ${unit}` : ''
  console.log(`${what}: ${shown(sorted[sorted.length >> 1])} ${unit}${worst} (${wanted})`)
}

async function firstLoad(browser: Browser): Promise<void> {
  await using visitor = await visit(browser, studio.url)
  const { page } = visitor
  await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0)
  const found = await page.evaluate(() => ({
    paint: performance.getEntriesByName('first-contentful-paint')[0]!.startTime,
    bytes: ['navigation', 'resource']
      .flatMap((type) => performance.getEntriesByType(type) as PerformanceResourceTiming[])
      .reduce((sum, { transferSize }) => sum + transferSize, 0),
  }))
  say('first paint', [found.paint], 'ms', 'under 1000')
  say('first load', [found.bytes / 1000], 'kB', 'under 100')
  const client = await page.context().newCDPSession(page)
  const before = await taskSeconds(client)
  await page.waitForTimeout(IDLE_MS)
  say('idle page', [((await taskSeconds(client)) - before) * 1000], `ms of work in ${IDLE_MS / 1000} s`, 'none')
}

async function taskSeconds(client: CDPSession): Promise<number> {
  await client.send('Performance.enable')
  const { metrics } = await client.send('Performance.getMetrics')
  return metrics.find(({ name }) => name === 'TaskDuration')!.value
}

async function strokes(browser: Browser): Promise<void> {
  const large = join(folder, 'large.jpg')
  await writeFile(large, await sharp(PHOTO).resize(4000, 3000).jpeg({ quality: 92 }).toBuffer())
  await using visitor = await visit(browser, studio.url)
  const { page } = visitor
  await page.setInputFiles('input.picker', [large])
  await page.waitForSelector('.card[data-status=done]', { timeout: 120_000 })
  await page.waitForFunction(() => !document.querySelector('koutu-view[data-bare]'))
  const box = (await page.locator('koutu-view').boundingBox())!
  const times = { painted: [] as number[], solved: [] as number[], full: [] as number[] }
  for (let i = 0; i < STROKES; i++) {
    await page.keyboard.press(i % 2 === 0 ? 'b' : 'e')
    await page.evaluate(() => performance.clearMeasures())
    const [x, y] = [box.x + box.width * (0.3 + 0.03 * i), box.y + box.height * (0.35 + 0.02 * i)]
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x + 40, y + 10, { steps: 6 })
    await page.mouse.up()
    await page.waitForFunction(() => performance.getEntriesByName('koutu-stroke-full').length > 0, undefined, {
      timeout: 120_000,
    })
    for (const name of ['painted', 'solved', 'full'] as const) times[name].push(...(await measured(page, name)))
    await page.keyboard.press('Escape')
  }
  say('stroke to preview at 12 MP', times.painted, 'ms', 'under 50')
  say('stroke to the solved preview', times.solved, 'ms', 'no bound')
  say('stroke to the full result', times.full, 'ms', 'no bound; 600 of it are the rest of the hand')
}

async function measured(page: Page, stage: string): Promise<number[]> {
  return page.evaluate(
    (name) => performance.getEntriesByName(name).map(({ duration }) => duration),
    `koutu-stroke-${stage}`,
  )
}

async function large(browser: Browser): Promise<void> {
  for (const [width, height] of LARGE) await smooth(browser, width, height)
}

/** Zooming in from the whole image to its pixels, and panning there. */
async function smooth(browser: Browser, width: number, height: number): Promise<void> {
  const file = join(folder, `${width}.jpg`)
  await writeFile(file, await sharp(PHOTO).resize(width, height, { fit: 'fill' }).jpeg({ quality: 90 }).toBuffer())
  await using visitor = await visit(browser, studio.url)
  const { page } = visitor
  await page.setInputFiles('input.picker', [file])
  await page.waitForSelector('.card[data-status=done]', { timeout: 300_000 })
  await page.waitForFunction(() => !document.querySelector('koutu-view[data-bare]'))
  await page.waitForTimeout(2000)
  const box = (await page.locator('koutu-view').boundingBox())!
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
  await page.evaluate(watchFrames)
  await page.mouse.move(x, y)
  for (let i = 0; i < 30; i++) await page.mouse.wheel(0, -60)
  await page.waitForTimeout(1500)
  await page.mouse.down()
  for (let i = 1; i <= 60; i++) await page.mouse.move(x - i * 8, y - i * 4)
  await page.mouse.up()
  await page.waitForTimeout(1500)
  const { frames, tasks } = await page.evaluate(() => (globalThis as unknown as { watched: Frames }).watched)
  const what = `${Math.round((width * height) / 1e6)} MP`
  say(`frames while zooming and panning at ${what}`, frames, 'ms', 'about 17')
  say(`longest task meanwhile`, [Math.max(0, ...tasks)], 'ms', 'under 100')
}

interface Frames {
  /** From one frame to the next, in ms. */
  readonly frames: number[]
  /** Tasks of the main thread that took 50 ms and more. */
  readonly tasks: number[]
}

function watchFrames(): void {
  const watched: Frames = { frames: [], tasks: [] }
  Object.assign(globalThis, { watched })
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) watched.tasks.push(duration)
  }).observe({ type: 'longtask' })
  let last = performance.now()
  const frame = (now: number) => {
    watched.frames.push(now - last)
    last = now
    requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)
}

async function hundred(browser: Browser): Promise<void> {
  await using visitor = await visit(browser, studio.url)
  const { page } = visitor
  const base64 = (await readFile(PHOTO)).toString('base64')
  const tasks = await page.evaluate(
    async ([text, count]) => {
      const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
      const transfer = new DataTransfer()
      for (let i = 0; i < count; i++) transfer.items.add(new File([bytes], `${i}.jpg`, { type: 'image/jpeg' }))
      await new Promise((resolve) => setTimeout(resolve, 500))
      const found: number[] = []
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) found.push(duration)
      }).observe({ type: 'longtask' })
      dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }))
      await new Promise((resolve) => setTimeout(resolve, 15_000))
      return found
    },
    [base64, DROPPED] as const,
  )
  say(`longest task with ${DROPPED} images`, [Math.max(0, ...tasks)], 'ms', 'at most 100')
}
