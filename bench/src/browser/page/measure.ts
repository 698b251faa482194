// Runs in the page: what the bench asks of a library there. Both sides offer the same.

import type { PageCall } from '../page-call.ts'

/** One image cut to a PNG. `detail` says what ran. */
export type CutImage = (image: Blob, options: object) => Promise<{ readonly file: Blob; readonly detail: string }>

export interface PageBench {
  /** `url` is fetched before the call begins. */
  call(url: string, options: object): Promise<PageCall>
  /** Alpha of the whole image as little-endian float32, in base64. */
  alpha?(url: string, options: object): Promise<string>
}

export function offer(cut: CutImage, alpha?: PageBench['alpha']): void {
  const call = async (url: string, options: object): Promise<PageCall> => {
    const image = await fetchImage(url)
    const tasks = watchTasks()
    const begin = performance.now()
    const { file, detail } = await cut(image, options)
    const { byteLength } = await file.arrayBuffer()
    const end = performance.now()
    return { ms: end - begin, sinceNavigationMs: end, longestTaskMs: await tasks.longest(), bytes: byteLength, detail }
  }
  Object.assign(globalThis, { bench: { call, ...(alpha ? { alpha } : {}) } satisfies PageBench })
}

export async function fetchImage(url: string): Promise<Blob> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url}: status ${response.status}`)
  return response.blob()
}

/** W3C Long Tasks: the browser reports tasks of 50 ms and more. */
function watchTasks(): { longest(): Promise<number> } {
  const durations: number[] = []
  const note = (entries: PerformanceEntryList) => durations.push(...entries.map(({ duration }) => duration))
  const observer = new PerformanceObserver((list) => note(list.getEntries()))
  observer.observe({ type: 'longtask' })
  return {
    async longest() {
      // The last task is reported after it has ended.
      await new Promise((resolve) => setTimeout(resolve, 100))
      note(observer.takeRecords())
      observer.disconnect()
      return Math.max(0, ...durations)
    },
  }
}
