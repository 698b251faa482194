// What tests of the studio do on its page, and what they read from it.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** A fox, with a tail right of the center. */
export const PHOTO = join(import.meta.dirname, '../../examples/photo.jpg')

export const add = (page: Page, ...files: string[]) => page.setInputFiles('input.picker', files)
export const allDone = (page: Page, count: number) =>
  page.waitForFunction((wanted) => document.querySelectorAll('.card[data-status=done]').length === wanted, count, {
    timeout: 60_000,
  })

/** What a click saves. */
export async function download(page: Page, button: RegExp): Promise<{ name: string; bytes: Buffer }> {
  const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: button }).click()])
  return { name: saved.suggestedFilename(), bytes: await readFile(await saved.path()) }
}

/** What the API gives for the same image and options. */
export async function viaApi(url: string, options: Readonly<Record<string, unknown>>): Promise<Buffer> {
  const form = new FormData()
  for (const [name, value] of Object.entries(options)) form.set(name, String(value))
  form.set('image', new Blob([await readFile(PHOTO)]), 'photo.jpg')
  const response = await fetch(new URL('v1/cutouts', url), { method: 'POST', body: form })
  expect(response.status).toBe(200)
  return Buffer.from(await response.arrayBuffer())
}

/** A stroke across the middle of the tail of the fox, which is right of the center. */
export async function paint(page: Page): Promise<void> {
  const box = (await page.locator('koutu-view').boundingBox())!
  const at = (x: number, y: number) => [box.x + box.width * x, box.y + box.height * y] as const
  await page.mouse.move(...at(0.68, 0.72))
  await page.mouse.down()
  await page.mouse.move(...at(0.74, 0.7), { steps: 6 })
  await page.mouse.up()
}

/** Once the stage shows the cutout, which may be a moment after its card says that it is done. */
export async function shownSum(page: Page): Promise<number> {
  await expect.poll(() => stageSum(page), { timeout: 20_000 }).toBeGreaterThan(0.01)
  return stageSum(page)
}

/** Mean alpha of the cutout on the stage, from the canvas itself: what is not the checkerboard is not counted. */
export const stageSum = (page: Page) =>
  page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('koutu-view .result')!
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
    let orange = 0
    for (let i = 0; i < data.length; i += 4) if (data[i]! > data[i + 2]! + 60) orange++
    return orange / (data.length / 4)
  })
