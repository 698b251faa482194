// The thread in which one HEIC image is decoded by heic-decode (libheif as WebAssembly), which is slow and synchronous.
// It lives for one image: its memory goes back to the system, and a hostile file can spoil nothing that stays.

import { parentPort } from 'node:worker_threads'
import { type CallMessage, createResponder } from '@koutu/core/channel'
import { KoutuError } from '@koutu/core/errors'
import type { HeicCalls, HeicPixels, HeicRequest } from './heic-calls.ts'

interface HeicImage {
  readonly width: number
  readonly height: number
  decode(): Promise<{ data: Uint8ClampedArray<ArrayBuffer> }>
}

interface HeicDecode {
  all(input: { buffer: Uint8Array }): Promise<HeicImage[]>
}

async function load(packageName: string): Promise<HeicDecode> {
  try {
    return ((await import(packageName)) as { default: HeicDecode }).default
  } catch {
    throw new KoutuError('CODEC_MISSING', {
      detail: `HEIC images need the package '${packageName}': install it with 'npm install ${packageName}'`,
      data: { package: packageName },
    })
  }
}

async function decode({ bytes, packageName, maxPixels }: HeicRequest): Promise<HeicPixels> {
  const heic = await load(packageName)
  const [first] = await heic.all({ buffer: bytes })
  if (!first) throw new KoutuError('IMAGE_CORRUPT', { detail: 'the HEIC file contains no image' })
  const { width, height } = first
  // Asked again, of the decoder itself, before it allocates: the header may have said otherwise.
  if (width * height > maxPixels) {
    throw new KoutuError('IMAGE_TOO_LARGE', {
      detail: `expected at most ${maxPixels} pixels but received ${width * height}`,
      data: { limit: maxPixels, actual: width * height },
    })
  }
  const { data } = await first.decode()
  return { width, height, rgba: new Uint8Array(data.buffer) }
}

const port = parentPort!
const responder = createResponder<HeicCalls>(
  { decode },
  {
    post: (message, transfer) => port.postMessage(message, transfer),
    transfer: (answer) => [(answer as HeicPixels).rgba.buffer as ArrayBuffer],
    fallback: 'IMAGE_CORRUPT',
  },
)
port.on('message', (message: CallMessage) => responder.receive(message))
