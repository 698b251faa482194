// A fresh Chromium with one page of one side, and the memory of its renderer.

import type { Browser, Page } from 'playwright-core'
import { openPage, startChromium } from '../../../tests-all/browser/chromium.ts'
import { type PeakMemory, residentMemory, watchPeak } from '../measure/process-memory.ts'
import type { PageCall } from './page-call.ts'

export interface BenchPage extends AsyncDisposable {
  readonly version: string
  call(image: string, options?: object): Promise<PageCall>
  /** Of koutu's page only. */
  alpha(image: string, options?: object): Promise<Float32Array>
  /** Mebibytes of the page's renderer. */
  resident(): number
  /** Of the page's renderer while `work` runs. */
  peakOf(work: () => Promise<unknown>): Promise<PeakMemory>
}

export async function openBenchPage(url: string, flags: readonly string[] = []): Promise<BenchPage> {
  const browser = await startChromium(flags)
  const { page, hosts } = await openPage(browser, url)
  const pids = await renderersOf(browser)
  const run = async <T>(call: string, image: string, options: object): Promise<T> => {
    const answer = await page.evaluate(
      `bench.${call}(${JSON.stringify(`/images/${image}`)}, ${JSON.stringify(options)})`,
    )
    if (hosts.size > 1) throw new Error(`expected requests to one host but found ${[...hosts].join(', ')}`)
    return answer as T
  }
  await ready(page)
  return {
    version: browser.version(),
    call: (image, options = {}) => run<PageCall>('call', image, options),
    async alpha(image, options = {}) {
      const bytes = Buffer.from(await run<string>('alpha', image, options), 'base64')
      return new Float32Array(new Uint8Array(bytes).buffer)
    },
    resident: () => Math.max(...pids.map((pid) => residentMemory(pid).rootMib)),
    async peakOf(work) {
      const watches = pids.map((pid) => watchPeak(pid))
      await work()
      // A spare renderer, which holds nothing, is the smaller one.
      return watches.map((watch) => watch.stop()).reduce((most, one) => (one.hwmMib > most.hwmMib ? one : most))
    },
    [Symbol.asyncDispose]: () => browser.close(),
  }
}

async function ready(page: Page): Promise<void> {
  await page.waitForFunction("'bench' in globalThis")
}

interface ProcessInfo {
  readonly processInfo: readonly { readonly id: number; readonly type: string }[]
}

async function renderersOf(browser: Browser): Promise<number[]> {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = (await session.send('SystemInfo.getProcessInfo')) as ProcessInfo
  return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id)
}
