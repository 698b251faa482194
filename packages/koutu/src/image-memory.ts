// What an image takes while it is worked on, known from its header and the options. Refuses what no order of work could fit in.

import { type EncodeRequest, type GroupedOptions, KoutuError, type PictureHeader, type Raster } from '@koutu/core'
import { type Memory, readSwap } from '@koutu/node/memory'

/** The program's own code, its thread, and the kernels at work. */
const PROGRAM_BYTES = 130e6
/** The default network while it runs. It may leave before edges are refined. */
const NETWORK_BYTES = 300e6

/**
 * Bytes of the process that works on the image, when its result is made: the arrays that are alive then. Measured: JPEG of 49
 * megapixels 11.5 bytes a pixel, PNG with alpha of 24 megapixels 21, PNG with 16 bits of 12 megapixels 24.
 */
export function imageBytes(
  { width, height, hasAlpha, bitDepth }: PictureHeader,
  fileBytes: number,
  { output, edge }: Pick<GroupedOptions, 'output' | 'edge'>,
): number {
  const sample = bitDepth > 8 ? 2 : 1
  const colors = 3 * sample + (sample > 1 ? 3 : 0)
  const planes =
    4 + (hasAlpha ? 8 : 0) + (output.shadow === 'none' ? 0 : 4) + (edge.feather > 0 || edge.edgeShift !== 0 ? 4 : 0)
  const layers = output.format === 'psd' || output.format === 'zip' ? 8 * sample : 0
  const result = output.mask ? sample : 4 * sample + 3 * sample
  const backdrop = output.background.type === 'picture' || output.background.type === 'blur' ? 3 * sample : 0
  // What is not soft needs no second color: measured, less than the sum of all arrays.
  const alive = 0.85 * (colors + planes + layers + result + backdrop)
  return PROGRAM_BYTES + fileBytes + alive * width * height
}

/**
 * What encoders take beside the result's samples and alpha, in bytes a pixel of 8 bits. Measured at 27 megapixels and rounded up.
 */
const ENCODER_BYTES: Readonly<Record<EncodeRequest['format'], number>> = {
  png: 2,
  webp: 25,
  avif: 36,
  jpeg: 13,
  tiff: 2,
  zip: 13,
  psd: 15,
}
/** A profile and metadata pass to the encoder in a PNG that is not compressed. */
const CARRIER_BYTES = 9

/** What it takes to encode a result. */
export function encodingBytes(
  { width, height, data }: Pick<Raster, 'width' | 'height' | 'data'>,
  { format, icc, metadata }: Pick<EncodeRequest, 'format' | 'icc' | 'metadata'>,
): number {
  const hasExtras = icc !== null || metadata.exif !== null || metadata.xmp !== null
  return width * height * encodingBytesPerPixel(format, data.BYTES_PER_ELEMENT, hasExtras)
}

function encodingBytesPerPixel(format: EncodeRequest['format'], sample: number, hasExtras: boolean): number {
  const result = 4 * sample + 4
  // Most encoders take 8 bits: the rounded samples are a copy.
  const rounded = sample > 1 ? 4 : 0
  return result + rounded + ENCODER_BYTES[format] + (hasExtras ? CARRIER_BYTES : 0)
}

/** What an image takes from its matte until its result is a file. */
export function resultBytes(
  header: PictureHeader,
  fileBytes: number,
  { output, edge, colors }: Pick<GroupedOptions, 'output' | 'edge' | 'colors'>,
): number {
  const cutting = imageBytes(header, fileBytes, { output, edge }) - PROGRAM_BYTES
  const hasExtras = colors.keepIcc || colors.keepMetadata
  const encoding = encodingBytesPerPixel(output.format, header.bitDepth > 8 ? 2 : 1, hasExtras)
  return Math.max(cutting, encoding * header.width * header.height)
}

/** Whether the network may stay loaded while the result of an image of `bytes` is made. */
export function fitsBesideNetwork(bytes: number, memoryBytes: number): boolean {
  // The estimate is what is alive at least.
  return bytes * 1.25 + NETWORK_BYTES <= memoryBytes
}

/** Errors: MEMORY_INSUFFICIENT where the kernel would end the program. Where nothing limits it, swap may help. */
export function checkMemory(bytes: number, { bytes: available, isLimited }: Memory): void {
  const limit = available + readSwap()
  if (!isLimited || bytes <= limit) return
  const megabytes = (count: number) => Math.round(count / 2 ** 20)
  throw new KoutuError('MEMORY_INSUFFICIENT', {
    detail: `it needs about ${megabytes(bytes)} MB but ${megabytes(limit)} MB are available`,
    data: { limit, actual: Math.round(bytes) },
  })
}
