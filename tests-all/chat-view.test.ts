// The view in the chat, in Chromium, in a small host with the official bridge: the real tools and the real network behind it.

import { existsSync } from 'node:fs'
import { copyFile, mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CallToolResult, Client } from '@modelcontextprotocol/client'
import type { Browser, Frame } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Chat, connectMcp, openChat, VIEW_URI } from './browser/chat-host.ts'
import { startChromium } from './browser/chromium.ts'

const PHOTO = join(import.meta.dirname, '../examples/photo.jpg')
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
/** Where screenshots go, to be looked at. */
const SHOTS = process.env.KOUTU_SHOTS

let folder = ''
let client: Client
let browser: Browser
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'koutu-chat-')))
  await copyFile(PHOTO, join(folder, 'photo.jpg'))
  client = await connectMcp(folder)
  browser = await startChromium()
})
afterAll(async () => {
  await browser?.close()
  await client?.close()
  await rm(folder, { recursive: true, force: true })
})

const cutOut = (args: Record<string, unknown>): Promise<CallToolResult> =>
  client.callTool({ name: 'remove_background', arguments: { input: join(folder, 'photo.jpg'), ...args } })

/** Share of the stage on which the orange fox is seen. */
const foxOn = (view: Frame) =>
  view.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('koutu-view .result')!
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
    let count = 0
    for (let i = 0; i < data.length; i += 4) if (data[i]! > data[i + 2]! + 60 && data[i + 3]! > 200) count++
    return count / (data.length / 4)
  })

const isReady = (view: Frame) => view.waitForSelector('.chat[data-status=ready]', { timeout: 60_000 })

async function paint(
  { watched: { page }, view }: Chat,
  from: readonly [number, number],
  to: readonly [number, number],
) {
  const box = (await view.locator('koutu-view').boundingBox())!
  const at = ([x, y]: readonly [number, number]) => [box.x + box.width * x, box.y + box.height * y] as const
  await page.mouse.move(...at(from))
  await page.mouse.down()
  await page.mouse.move(...at(to), { steps: 8 })
  await page.mouse.up()
}

const shoot = async ({ watched: { page } }: Chat, name: string) => {
  if (SHOTS) await page.screenshot({ path: join(SHOTS, `chat-${name}.png`) })
}

describe('the view in the chat', () => {
  it('is one small file without any address, declared by the tools whose results it shows', async () => {
    const { resources } = await client.listResources()
    expect(resources.find(({ uri }) => uri === VIEW_URI)).toMatchObject({ mimeType: 'text/html;profile=mcp-app' })
    const { contents } = await client.readResource({ uri: VIEW_URI })
    const { text, _meta } = contents[0] as { text: string; _meta: unknown }
    expect(_meta).toMatchObject({ ui: { csp: {} } })
    expect(Buffer.byteLength(text)).toBeLessThan(200_000)
    const addresses = text.match(/(?:https?|wss?):\/\/[a-z0-9][^\s"'`)]*/g) ?? []
    expect(addresses.filter((address) => !address.startsWith('http://www.w3.org/'))).toEqual([])
    expect(text).not.toMatch(/WebAssembly|<script[^>]*\ssrc=|<link/)
    const { tools } = await client.listTools()
    const shown = tools.filter(({ _meta: meta }) => (meta?.ui as { resourceUri?: string })?.resourceUri === VIEW_URI)
    expect(shown.map(({ name }) => name)).toEqual(['remove_background', 'refine_cutout', 'compose', 'ask_for_image'])
  })

  it('compares, erases and brings back, and tells the model', async () => {
    await using chat = await openChat(browser, client, { theme: 'light', locale: 'en-US' }, await cutOut({}))
    const { view, watched, called, heard } = chat
    const { page, errors, hosts } = watched
    await isReady(view)
    const slider = view.getByRole('slider', { name: 'Compare with the original' })
    expect(await slider.inputValue()).toBe('50')
    await shoot(chat, 'compare-light')
    await slider.press('3')
    await expect.poll(() => foxOn(view)).toBeGreaterThan(0.05)
    const before = await foxOn(view)

    await view.getByRole('button', { name: 'Zoom in' }).click()
    await expect.poll(() => foxOn(view)).toBeGreaterThan(before * 1.2)
    await view.getByRole('button', { name: 'Fit' }).click()
    await expect.poll(() => foxOn(view)).toBeCloseTo(before, 3)

    await view.getByRole('button', { name: 'Erase' }).click()
    await paint(chat, [0.6, 0.75], [0.72, 0.7])
    await shoot(chat, 'erasing')
    await expect.poll(() => foxOn(view), { timeout: 30_000 }).toBeLessThan(before * 0.97)
    await isReady(view)
    const once = await foxOn(view)
    await shoot(chat, 'erased-light')
    const refined = join(folder, 'photo.cutout-2.png')
    const written = await readFile(refined)
    await view.getByRole('button', { name: 'Keep' }).click()
    await paint(chat, [0.62, 0.74], [0.7, 0.71])
    await expect.poll(async () => Math.abs((await foxOn(view)) - once), { timeout: 30_000 }).toBeGreaterThan(0.001)
    await isReady(view)
    // The same file again; no third one.
    expect((await readFile(refined)).equals(written)).toBe(false)
    expect(existsSync(join(folder, 'photo.cutout-3.png'))).toBe(false)
    expect(heard.filter(({ kind }) => kind === 'context').at(-1)!.params).toMatchObject({
      structuredContent: { output: refined },
    })
    await page.keyboard.press('Control+z')
    await expect.poll(() => foxOn(view), { timeout: 30_000 }).toBeCloseTo(once, 2)
    await isReady(view)
    await view.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(() => foxOn(view), { timeout: 30_000 }).toBeCloseTo(before, 2)
    expect(new Set(called)).toEqual(new Set(['view_image', 'refine_cutout']))
    expect(heard.find(({ kind }) => kind === 'size')!.params.height).toBeGreaterThan(400)
    expect(errors).toEqual([])
    expect(hosts.size).toBe(1)
  })

  it('shows a cropped result on white where the image has its subject', async () => {
    const result = await cutOut({ output: join(folder, 'white.jpg'), background: 'white', crop: true, scale: 80 })
    await using chat = await openChat(browser, client, { theme: 'dark', locale: 'en-US' }, result)
    await isReady(chat.view)
    await shoot(chat, 'compare-dark')
    await chat.view.getByRole('button', { name: 'Keep' }).click()
    await expect.poll(() => foxOn(chat.view)).toBeGreaterThan(0.05)
    await shoot(chat, 'keep-dark')
    await paint(chat, [0.5, 0.6], [0.55, 0.62])
    await expect.poll(() => existsSync(join(folder, 'white-2.jpg')), { timeout: 30_000 }).toBe(true)
    await isReady(chat.view)
    expect(chat.watched.errors).toEqual([])
  })

  it('takes an image that is dropped, in parts, and cuts it out', async () => {
    const asked = await client.callTool({ name: 'ask_for_image', arguments: {} })
    await using chat = await openChat(browser, client, { theme: 'dark', locale: 'zh-CN' }, asked)
    const { view, called, heard } = chat
    await view.waitForSelector('.chat[data-status=empty]')
    expect(await view.locator('h1').textContent()).toMatch(/[\u4e00-\u9fff]/)
    await shoot(chat, 'drop-dark-zh')
    const large = await sharp(PHOTO).resize(2600).png({ compressionLevel: 1 }).toBuffer()
    await drop(view, large, '../小 狐狸.png')
    await isReady(view)
    expect(called.filter((name) => name === 'receive_image').length).toBeGreaterThan(3)
    const output = join(folder, '小_狐狸.cutout.png')
    expect(await sharp(output).metadata()).toMatchObject({ width: 2600, hasAlpha: true })
    await expect
      .poll(() => heard.findLast(({ kind }) => kind === 'context')?.params)
      .toMatchObject({ structuredContent: { output } })
    await expect.poll(() => foxOn(view)).toBeGreaterThan(0.01)
    await shoot(chat, 'dropped-dark-zh')
    expect(chat.watched.errors).toEqual([])
  })

  it('says what went wrong, and goes on', async () => {
    const failed = await cutOut({ input: join(folder, 'nothing.jpg') })
    await using chat = await openChat(browser, client, { theme: 'light', locale: 'en-US' }, failed)
    await expect.poll(() => chat.view.locator('.problem').textContent()).toMatch(/^INPUT_NOT_FOUND/)
    await shoot(chat, 'problem-light')
    await drop(chat.view, Buffer.from('no image'), 'notes.txt')
    await expect.poll(() => chat.view.locator('.problem').textContent()).toMatch(/^IMAGE_UNSUPPORTED/)
    expect(chat.watched.errors).toEqual([])
  })

  it.each(['light', 'dark'] as const)('has no fault that axe finds, %s', async (theme) => {
    const result = await cutOut({ output: join(folder, `axe-${theme}.png`) })
    await using chat = await openChat(browser, client, { theme, locale: 'en-US' }, result)
    await isReady(chat.view)
    await chat.view.getByRole('button', { name: 'Erase' }).click()
    await chat.view.evaluate(await readFile(AXE, 'utf8'))
    const violations = await chat.view.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; help: string }[] }> }
      }
      return (await axe.run()).violations.map(({ id, help }) => `${id}: ${help}`)
    })
    expect(violations).toEqual([])
    await chat.changeContext({ theme: theme === 'light' ? 'dark' : 'light' })
    await expect.poll(() => chat.view.evaluate(() => document.documentElement.dataset.theme)).not.toBe(theme)
  })
})

/** As a hand does it: a file over the page. */
async function drop(view: Frame, bytes: Buffer, name: string): Promise<void> {
  const base64 = bytes.toString('base64')
  await view.evaluate(
    ({ base64, name }) => {
      const content = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File([content], name))
      const target = document.querySelector('.chat')!
      for (const type of ['dragover', 'drop'])
        target.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }))
    },
    { base64, name },
  )
}
