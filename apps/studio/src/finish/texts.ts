// Settings in the forms in which other programs take them: a preset file, a link, a command line, an HTTP request.

import type { JobOptions } from '../api/jobs.ts'
import { textOf } from '../api/option-text.ts'
import { type Settings, withoutDefaults } from './settings.ts'

export const presetText = (options: Settings): string => JSON.stringify({ specVersion: 1, options }, null, 2)

/** Settings of a preset file. Errors: SyntaxError, TypeError. */
export function readPreset(text: string): Settings {
  const { specVersion, options } = JSON.parse(text) as { specVersion?: unknown; options?: Settings }
  if (specVersion !== 1 || typeof options !== 'object' || options === null) throw new TypeError('not a preset')
  return withoutDefaults(options)
}

const MARK = '#settings='

/** In the fragment, which browsers do not send. */
export function linkOf(options: Settings, base: string): string {
  const text = new TextEncoder().encode(JSON.stringify(options))
  const base64 = btoa(String.fromCharCode(...text))
  const url = new URL(base)
  url.hash = `${MARK}${base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')}`
  return url.href
}

/** Null where there are none, or none that can be read. */
export function settingsOfLink(hash: string): Settings | null {
  if (!hash.startsWith(MARK)) return null
  try {
    const base64 = hash.slice(MARK.length).replaceAll('-', '+').replaceAll('_', '/')
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
    const options: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return typeof options === 'object' && options !== null ? withoutDefaults(options as Settings) : null
  } catch {
    return null
  }
}

const EXTENSIONS: Readonly<Record<string, string>> = { jpeg: 'jpg' }

export function commandOf(options: JobOptions, name: string): string {
  const stem = name.replace(/\.[^.]*$/, '')
  const format = options.format ?? 'png'
  const flags = Object.entries(options).flatMap(([key, value]) => {
    if (key === 'format') return []
    const flag = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    return value === true ? [flag] : [`${flag} ${quoted(textOf(value))}`]
  })
  return ['koutu', quoted(name), '-o', quoted(`${stem}-cutout.${EXTENSIONS[format] ?? format}`), ...flags].join(' ')
}

export function requestOf(options: JobOptions, name: string, base: string): string {
  const fields = Object.entries(options).map(([key, value]) => `-F ${quoted(`${key}=${textOf(value)}`)}`)
  const url = new URL('v1/cutouts', base).href
  const format = options.format ?? 'png'
  return [`curl ${url}`, `-F ${quoted(`image=@${name}`)}`, ...fields, `-o cutout.${EXTENSIONS[format] ?? format}`].join(
    ' ',
  )
}

const quoted = (text: string): string => (/^[\w./:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)
