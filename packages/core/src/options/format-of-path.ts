// The format that a file name asks for by its extension. Knows no file system: both kinds of separators end a folder's name.

import { OUTPUT_FORMATS, type OutputFormat } from './format-files.ts'

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

/** In lower case, without the dot. A leading dot begins a name, not an extension. */
export function extensionOf(path: string): string {
  return (/[^\\/]\.([^.\\/]*)$/.exec(path)?.[1] ?? '').toLowerCase()
}
