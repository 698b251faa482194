// The thread in which one HEIC picture is decoded by heic-decode (libheif as WebAssembly), which is slow and synchronous.
// It lives for one picture: its memory goes back to the system, and a hostile file can spoil nothing that stays.

import { parentPort, workerData } from 'node:worker_threads'
import type { HeicAnswer, HeicJob } from './heic-messages.ts'

interface HeicImage {
  readonly width: number
  readonly height: number
  decode(): Promise<{ data: Uint8ClampedArray<ArrayBuffer> }>
}

interface HeicDecode {
  all(input: { buffer: Uint8Array }): Promise<HeicImage[]>
}

async function decode({ bytes, packageName, maxPixels }: HeicJob): Promise<HeicAnswer> {
  let heic: HeicDecode
  try {
    heic = ((await import(packageName)) as { default: HeicDecode }).default
  } catch {
    return { type: 'missing' }
  }
  try {
    const [first] = await heic.all({ buffer: bytes })
    if (!first) return { type: 'corrupt', message: 'it holds no picture' }
    const { width, height } = first
    // Asked again, of the decoder itself, before it allocates: the header may have said otherwise.
    if (width * height > maxPixels) return { type: 'too-large', pixels: width * height }
    const { data } = await first.decode()
    return { type: 'pixels', width, height, rgba: data.buffer }
  } catch (error) {
    return { type: 'corrupt', message: error instanceof Error ? error.message : String(error) }
  }
}

const answer = await decode(workerData as HeicJob)
parentPort?.postMessage(answer, answer.type === 'pixels' ? [answer.rgba] : [])
