// EXIF, XMP and color profiles that the user wants kept: bounded, as every copy of them takes memory.

import type { Picture, Warning } from '../ports/ports.ts'
import { stripExifPrefix } from './exif.ts'

/** Editors write some hundred kilobytes of XMP; profiles for printing have two megabytes. */
export const MAX_KEPT_BYTES = 2 ** 22

/** False, with a warning, where `bytes` are too many. */
export function mayKeep(bytes: Uint8Array, name: string, warnings: Warning[]): boolean {
  if (bytes.length <= MAX_KEPT_BYTES) return true
  warnings.push({
    code: 'metadata-not-kept',
    message: `The ${name} of the image has ${bytes.length} bytes; at most ${MAX_KEPT_BYTES} are kept.`,
  })
  return false
}

/** What is too large is a warning. */
export function keptMetadata(
  { exif, xmp }: { readonly exif?: Uint8Array | null | undefined; readonly xmp?: Uint8Array | null | undefined },
  warnings: Warning[],
): Picture['metadata'] {
  return {
    exif: exif && mayKeep(exif, 'EXIF', warnings) ? stripExifPrefix(exif) : null,
    xmp: xmp && mayKeep(xmp, 'XMP', warnings) ? xmp : null,
  }
}
