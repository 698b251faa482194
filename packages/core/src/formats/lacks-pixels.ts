// Whether coded data of an image lies beyond its file, in formats whose decoders say nothing of a missing tile. Apart from the header,
// because a page has no use for it.

import type { InputFormat } from '../ports/ports.ts'
import { byteSource } from './byte-view.ts'
import { lacksHeifData } from './heif.ts'
import { lacksTiffTiles } from './tiff.ts'

/** `bytes` is a file whose header has been read. Errors: IMAGE_CORRUPT. */
export function lacksPixels(bytes: Uint8Array, format: InputFormat): boolean {
  if (format === 'avif' || format === 'heic') return lacksHeifData(byteSource(bytes))
  return format === 'tiff' && lacksTiffTiles(byteSource(bytes))
}
