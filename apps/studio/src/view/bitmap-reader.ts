// Bitmaps of an image, made in one worker that all views share.

import type { BitmapReply, BitmapRequest, BitmapWish } from './bitmap-worker.ts'

export interface BitmapReader {
  /** Rejects where the browser does not read the format, or the image does not fit into memory. */
  read(want: BitmapWish): Promise<ImageBitmap>
  /** Lets the full image go that tiles are cut from. */
  release(): void
}

type Waiting = PromiseWithResolvers<ImageBitmap>

const waiting = new Map<number, Waiting>()
let worker: Worker | null = null
let sources = 0
let calls = 0

export function openBitmapReader(blob: Blob): BitmapReader {
  const source = ++sources
  return {
    read(want) {
      const call = ++calls
      const answer = Promise.withResolvers<ImageBitmap>()
      waiting.set(call, answer)
      const request: BitmapRequest = { source, call, blob, want }
      running().postMessage(request)
      return answer.promise
    },
    release: () => worker?.postMessage({ source, release: true }),
  }
}

function running(): Worker {
  if (worker) return worker
  worker = new Worker(new URL('./bitmap-worker.ts', import.meta.url), { type: 'module' })
  worker.onmessage = ({ data }: MessageEvent<BitmapReply>) => {
    const answer = waiting.get(data.call)
    waiting.delete(data.call)
    if ('bitmap' in data) answer?.resolve(data.bitmap)
    else answer?.reject(new Error(data.failure))
  }
  worker.onerror = () => {
    worker = null
    for (const answer of waiting.values()) answer.reject(new Error('the worker that reads images has ended'))
    waiting.clear()
  }
  return worker
}
