// Sanitizes client file names for a header, a zip and a screen. They are never used as a path.

import { FORMAT_FILES, fitName } from '@koutu/core'

const MAX_LENGTH = 120
const EXTENSIONS = new Map(Object.values(FORMAT_FILES).map(({ mimeType, extension }) => [mimeType, extension]))

/** The last part of whatever path it is, without control characters; null when nothing is left. */
export function cleanFileName(name: string | null): string | null {
  if (name === null) return null
  const last = name.normalize('NFC').split(/[/\\]/).at(-1) ?? ''
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters have no place in a file name
  const clean = last.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069:*?"<>|]/g, '_').replace(/^\.+/, '')
  return [...clean].slice(0, MAX_LENGTH).join('').toWellFormed() || null
}

/** What the result of a file is called. */
export function resultName(fileName: string | null, contentType: string): string {
  const stem = (fileName ?? 'cutout').replace(/\.[A-Za-z0-9]{1,5}$/, '') || 'cutout'
  return fitName(stem, `.${EXTENSIONS.get(contentType) ?? 'bin'}`)
}

/** RFC 6266: an ASCII name for old clients, the whole one beside it. */
export function contentDisposition(name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
  return `inline; filename="${ascii}"; filename*=UTF-8''${encoded}`
}
