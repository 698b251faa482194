// One budget of bytes for a whole server, in two shares that cannot starve each other: bodies of requests while they come in,
// and images while they are worked on, with their files and results. What waits for a share holds none of the other.

import { KoutuError, type Limits, type PictureHeader } from '@koutu/core'
import { createMemoryBudget, type MemoryBudget } from './memory-budget.ts'

export interface ServerMemory {
  /** Uploads and bodies held in memory. Uploads that find no room go to the disk. */
  readonly requests: MemoryBudget
  /** Images in progress. */
  readonly images: MemoryBudget
}

const REQUESTS_SHARE = 1 / 8
const MAX_REQUEST_BYTES = 2 ** 28

export function shareMemory(totalBytes: number): ServerMemory {
  const requestBytes = Math.min(MAX_REQUEST_BYTES, totalBytes * REQUESTS_SHARE)
  return {
    requests: createMemoryBudget(requestBytes),
    images: createMemoryBudget(totalBytes - requestBytes),
  }
}

/**
 * What one pixel of 8 bits takes while its image is worked on: RGB and its copies, the alpha plane and those of the matte, the
 * result and its encoder. Measured on images of 24 megapixels, beyond what an idle runner has (PSS): JPEG 17.5, PNG with alpha 18.7.
 */
const BYTES_PER_PIXEL = 20
/** The same for 16 bits, as a multiple: 27 bytes were measured, and 29.6 with alpha. */
const DEEP_FACTOR = 1.4
const DEEP_ALPHA_FACTOR = 1.55
/** What decoders in WebAssembly take, as a multiple: of 12 megapixels, 47 bytes a pixel were measured for JPEG XL, and 26 for JPEG 2000. */
const DECODER_FACTORS: Readonly<Partial<Record<PictureHeader['format'], number>>> = { jxl: 2.4, jp2: 1.3 }
/** A file is held by the server and by the runner, and copied between them. */
const FILE_COPIES = 4

/** Pixels of 8 bits that take as much memory as the image does: all of it, or a TIFF's largest tile beside it. */
export function weighedPixels(
  header: Pick<PictureHeader, 'format' | 'width' | 'height' | 'blockPixels' | 'bitDepth' | 'hasAlpha'>,
  pixels: number = header.width * header.height + header.blockPixels,
): number {
  const decoder = DECODER_FACTORS[header.format] ?? 1
  // HEIC is read with 8 bits.
  const isDeep = header.bitDepth > 8 && header.format !== 'heic'
  const depth = isDeep ? (header.hasAlpha ? DEEP_ALPHA_FACTOR : DEEP_FACTOR) : 1
  return Math.ceil(pixels * Math.max(decoder, depth))
}

/** Memory for images of so many weighed pixels and their files. */
export function imageBytes(pixels: number, fileBytes: number): number {
  return pixels * BYTES_PER_PIXEL + fileBytes * FILE_COPIES
}

/** Takes the cameras that are sold as 50 and 60 megapixels, of up to 8688 x 5792, 8192 x 6144 and 9528 x 6328. */
export const DEFAULT_MAX_PIXELS = 64e6
/**
 * Weighed pixels that keep a runner below 1.5 GB, without and with alpha. Its peak was 1.06 GB for a JPEG of 60 megapixels, and 1.37
 * GB for a PNG of 50 megapixels that is half transparent everywhere.
 */
const MAX_WEIGHED_PIXELS = 67.5e6
const MAX_WEIGHED_ALPHA_PIXELS = 50e6

/**
 * An image of 16 bits or with alpha may not take more memory than a runner should. Whoever raises the limit of pixels raises this, too.
 * Errors: IMAGE_TOO_LARGE.
 */
export function checkWeight(header: PictureHeader, { maxPixels }: Pick<Limits, 'maxPixels'>): void {
  const pixels = header.width * header.height
  const most = header.hasAlpha ? MAX_WEIGHED_ALPHA_PIXELS : MAX_WEIGHED_PIXELS
  const raised = Math.max(1, maxPixels / DEFAULT_MAX_PIXELS)
  const limit = Math.floor((most * raised * pixels) / weighedPixels(header, pixels))
  if (pixels <= Math.max(limit, 1)) return
  throw new KoutuError('IMAGE_TOO_LARGE', {
    detail: `expected at most ${limit} pixels of ${header.bitDepth} bits${header.hasAlpha ? ' with alpha' : ''} but received ${header.width} x ${header.height}`,
    data: { limit, actual: pixels },
  })
}
