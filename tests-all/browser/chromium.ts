// Debian's Chromium, without a window.

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** WebGPU without a graphics processor. */
export const EMULATED_WEBGPU: readonly string[] = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
]

export async function startChromium(args: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: [...ALWAYS, ...args] })
}

/** Chromium's sandbox does not start for root, as which containers run tests. */
const ALWAYS = ['--no-sandbox']

function findChromium(): string {
  const path = process.env.KOUTU_CHROMIUM ?? PATHS.find(existsSync)
  if (!path) throw new Error(`expected Chromium at one of ${PATHS.join(', ')}: apt-get install chromium`)
  return path
}

/** A page of the unpacked extension in `folder`, in a browser of its own. */
export async function openExtension(folder: string, name: string): Promise<Watched & AsyncDisposable> {
  const context = await chromium.launchPersistentContext('', {
    executablePath: findChromium(),
    args: [...ALWAYS, `--disable-extensions-except=${folder}`, `--load-extension=${folder}`],
  })
  // Chromium names an unpacked extension by the hash of its path, in letters from a to p.
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 32)
  const id = [...hash].map((digit) => String.fromCharCode(97 + Number.parseInt(digit, 16))).join('')
  const watched = watch(context, await context.newPage())
  await watched.page.goto(`chrome-extension://${id}/${name}`)
  return { ...watched, [Symbol.asyncDispose]: () => context.close() }
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
  const watched = watch(context, await context.newPage())
  await watched.page.goto(url)
  return watched
}

function watch(context: BrowserContext, page: Page): Watched {
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
  return { page, errors, hosts }
}
