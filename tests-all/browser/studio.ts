// A server with the studio page: started as users start it, stopped and started again at the same address.

import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { openPage, type Watched } from './chromium.ts'

const COMMAND = join(import.meta.dirname, '../../packages/koutu/bin/koutu.js')

export interface Studio {
  /** With a slash at its end. */
  readonly url: string
  /** As a killed process ends, and a new one with the same data. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export async function startStudio(data: string, flags: readonly string[] = []): Promise<Studio> {
  let { url, child } = await serve(data, '0', flags)
  return {
    url,
    async restart() {
      await end(child, 'SIGKILL')
      child = (await serve(data, new URL(url).port, flags)).child
    },
    stop: () => end(child, 'SIGTERM'),
  }
}

async function serve(
  data: string,
  port: string,
  flags: readonly string[],
): Promise<{ url: string; child: ChildProcess }> {
  const child = spawn(process.execPath, [COMMAND, 'serve', '--port', port, '--data', data, '--jobs', '1', ...flags], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  for await (const line of createInterface(child.stdout)) {
    const found = /Listening on (\S+)/.exec(line)?.[1]
    if (!found) continue
    child.stdout.resume()
    return { url: `${found}/`, child }
  }
  throw new Error(`the server ended with ${child.exitCode} before it listened`)
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await ended
}

/** A new visitor, who knows nothing of others. */
export async function visit(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Watched & AsyncDisposable> {
  const watched = await openPage(browser, url, { locale: 'en-US', ...options })
  return { ...watched, [Symbol.asyncDispose]: () => watched.page.context().close() }
}
