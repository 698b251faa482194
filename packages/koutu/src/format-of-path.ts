// The format that a file name asks for by its extension.

import { extname } from 'node:path'
import { OUTPUT_FORMATS, type OutputFormat } from '@koutu/core'

const FORMATS: Readonly<Record<string, OutputFormat>> = {
  ...Object.fromEntries(OUTPUT_FORMATS.map((format) => [format, format])),
  jpg: 'jpeg',
  jpe: 'jpeg',
  jfif: 'jpeg',
  tif: 'tiff',
}

/** Null where there is no extension of a known format. */
export function formatOfPath(path: string): OutputFormat | null {
  const extension = extensionOf(path)
  return Object.hasOwn(FORMATS, extension) ? FORMATS[extension]! : null
}

/** In lower case, without the dot. */
export function extensionOf(path: string): string {
  return extname(path).slice(1).toLowerCase()
}
