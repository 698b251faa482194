// Debian's Chromium, without a window.

import { existsSync } from 'node:fs'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** WebGPU without a graphics processor. */
export const EMULATED_WEBGPU: readonly string[] = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
]

export async function startChromium(args: readonly string[] = []): Promise<Browser> {
  const executablePath = process.env.KOUTU_CHROMIUM ?? PATHS.find(existsSync)
  if (!executablePath) throw new Error(`expected Chromium at one of ${PATHS.join(', ')}: apt-get install chromium`)
  // Chromium's sandbox does not start for root, as which containers run tests.
  return chromium.launch({ executablePath, args: ['--no-sandbox', ...args] })
}

export interface Watched {
  readonly page: Page
  /** Errors of the console and of scripts. */
  readonly errors: string[]
  /** Hosts that were asked for anything. */
  readonly hosts: Set<string>
}

export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Watched> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const errors: string[] = []
  const hosts = new Set<string>()
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  page.on('pageerror', (error) => errors.push(String(error)))
  context.on('request', (request) => {
    const { protocol, host } = new URL(request.url())
    if (/^(https?|wss?):$/.test(protocol)) hosts.add(host)
  })
  await page.goto(url)
  return { page, errors, hosts }
}
