// JPEG 2000 by codec-openjpeg (OpenJPEG), which gives gray and RGB and reads palettes and sYCC as such.

import { KoutuError } from '@koutu/core/errors'
import { checkDecodedPixels } from './check-pixels.ts'
import type { Decoder } from './decoder-calls.ts'
import { missingDecoder } from './decoders.ts'

interface FrameInfo {
  readonly width: number
  readonly height: number
  readonly bitsPerSample: number
  readonly componentCount: number
}

interface J2KDecoder {
  getEncodedBuffer(length: number): Uint8Array
  decode(): void
  getFrameInfo(): FrameInfo
  /** A copy, in the machine's byte order: two bytes a sample from 9 bits on. */
  getDecodedBuffer(): Uint8ClampedArray<ArrayBuffer>
}

type OpenJpeg = (options: {
  print(line: string): void
  printErr(line: string): void
}) => Promise<{ J2KDecoder: new () => J2KDecoder }>

export const decodeJpeg2000: Decoder = async ({ bytes, packageName, maxPixels }) => {
  const complaints: string[] = []
  const note = (line: string): void => {
    if (line.startsWith('[ERROR]')) complaints.push(line.slice('[ERROR]'.length).trim())
  }
  const { J2KDecoder } = await (await load(packageName))({ print: note, printErr: note })
  const decoder = new J2KDecoder()
  decoder.getEncodedBuffer(bytes.length).set(bytes)
  try {
    decoder.decode()
  } catch (error) {
    // What C++ throws comes out as a number.
    throw corrupt(complaints, typeof error === 'number' ? 'the decoder gave up' : String(error))
  }
  const { width, height, bitsPerSample, componentCount } = decoder.getFrameInfo()
  checkDecodedPixels(width * height, maxPixels)
  const data = decoder.getDecodedBuffer()
  const isDeep = bitsPerSample > 8
  const samples = width * height * componentCount
  // It answers a file that it cannot read with no pixels at all.
  if (samples === 0 || data.length !== samples * (isDeep ? 2 : 1)) throw corrupt(complaints, 'it holds no image')
  const channels = componentCount === 1 ? 1 : 3
  const own = isDeep ? new Uint16Array(data.buffer) : new Uint8Array(data.buffer)
  return { width, height, channels, data: stretched(own, bitsPerSample) }
}

async function load(packageName: string): Promise<OpenJpeg> {
  try {
    return ((await import(`${packageName}/decodewasmjs`)) as { default: OpenJpeg }).default
  } catch {
    throw missingDecoder('jp2', packageName)
  }
}

function corrupt(complaints: readonly string[], otherwise: string): KoutuError {
  return new KoutuError('IMAGE_CORRUPT', { detail: `JPEG 2000: ${complaints[0] ?? otherwise}` })
}

/** In place, so that white is the largest value of the array's type. */
function stretched<T extends Uint8Array | Uint16Array>(samples: T, bits: number): T {
  const white = 2 ** bits - 1
  const full = 256 ** samples.BYTES_PER_ELEMENT - 1
  if (white === full) return samples
  for (let i = 0; i < samples.length; i++) samples[i] = Math.round((samples[i]! * full) / white)
  return samples
}
