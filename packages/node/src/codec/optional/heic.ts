// HEIC by heic-decode (libheif).

import { KoutuError } from '@koutu/core/errors'
import { checkDecodedPixels } from './check-pixels.ts'
import type { Decoder } from './decoder-calls.ts'
import { missingDecoder } from './decoders.ts'

interface HeicImage {
  readonly width: number
  readonly height: number
  decode(): Promise<{ data: Uint8ClampedArray<ArrayBuffer> }>
}

interface HeicDecode {
  all(input: { buffer: Uint8Array }): Promise<HeicImage[]>
}

export const decodeHeic: Decoder = async ({ bytes, packageName, maxPixels }) => {
  const heic = await load(packageName)
  const [first] = await heic.all({ buffer: bytes })
  if (!first) throw new KoutuError('IMAGE_CORRUPT', { detail: 'the HEIC file contains no image' })
  const { width, height } = first
  // Before it allocates.
  checkDecodedPixels(width * height, maxPixels)
  const { data } = await first.decode()
  return { width, height, channels: 4, data: new Uint8Array(data.buffer) }
}

async function load(packageName: string): Promise<HeicDecode> {
  try {
    return ((await import(packageName)) as { default: HeicDecode }).default
  } catch {
    throw missingDecoder('heic', packageName)
  }
}
