// Whether the codes of an image were changed on their way, in formats whose decoders say nothing of it. Apart from the header, because
// a page has no use for it.

import type { InputFormat } from '../ports/ports.ts'
import { hasDamagedGifCodes } from './gif-codes.ts'
import { hasDamagedJpegCodes } from './jpeg-scans.ts'

/** `bytes` is a file whose header has been read. Costs 20 ms of processor time for a megabyte. */
export function hasDamagedCodes(bytes: Uint8Array, format: InputFormat): boolean {
  if (format === 'jpeg') return hasDamagedJpegCodes(bytes)
  return format === 'gif' && hasDamagedGifCodes(bytes)
}
