// Settings in the forms in which other programs take them: a preset file, a link, a command line, an HTTP request.

import type { JobOptions } from '../api/jobs.ts'
import { textOf } from '../api/option-text.ts'
import { type Settings, withoutDefaults } from './settings.ts'

/** What lies behind the subject and options cannot name: a gradient, or an image as a `data:` URL. */
export type Behind =
  | { readonly gradient: readonly [from: string, to: string] }
  | { readonly name: string; readonly image: string }

export interface Look {
  readonly options: Settings
  readonly behind: Behind | null
}

/** The command reads `options`; the studio both. */
export const presetText = ({ options, behind }: Look): string =>
  JSON.stringify({ specVersion: 1, options, ...(behind && { behind }) }, null, 2)

/** The look of a preset file. Errors: SyntaxError, TypeError. */
export function readPreset(text: string): Look {
  const { specVersion, options, behind } = JSON.parse(text) as {
    specVersion?: unknown
    options?: Settings
    behind?: unknown
  }
  if (specVersion !== 1 || typeof options !== 'object' || options === null) throw new TypeError('not a preset')
  return { options: withoutDefaults(options), behind: readBehind(behind) }
}

const HEX = /^#[0-9a-f]{6}$/i
const IMAGE = /^data:image\/(png|jpeg|webp|avif|gif);base64,[A-Za-z0-9+/]+=*$/

/** Null where it is none of ours. */
function readBehind(value: unknown): Behind | null {
  if (typeof value !== 'object' || value === null) return null
  const { gradient, name, image } = value as Readonly<Record<string, unknown>>
  if (Array.isArray(gradient)) {
    const [from, to] = gradient as unknown[]
    const isColor = (color: unknown): color is string => typeof color === 'string' && HEX.test(color)
    return gradient.length === 2 && isColor(from) && isColor(to) ? { gradient: [from, to] } : null
  }
  return typeof name === 'string' && typeof image === 'string' && IMAGE.test(image) ? { name, image } : null
}

const MARK = '#settings='

/** In the fragment, which browsers do not send. */
export function linkOf({ options, behind }: Look, base: string): string {
  const text = new TextEncoder().encode(JSON.stringify({ ...options, ...(behind && { behind }) }))
  let binary = ''
  for (const byte of text) binary += String.fromCharCode(byte)
  const url = new URL(base)
  url.hash = `${MARK}${btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')}`
  return url.href
}

/** Null where there is none, or none that can be read. */
export function lookOfLink(hash: string): Look | null {
  if (!hash.startsWith(MARK)) return null
  try {
    const base64 = hash.slice(MARK.length).replaceAll('-', '+').replaceAll('_', '/')
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
    const read: unknown = JSON.parse(new TextDecoder().decode(bytes))
    if (typeof read !== 'object' || read === null) return null
    const { behind, ...options } = read as Settings & { behind?: unknown }
    return { options: withoutDefaults(options), behind: readBehind(behind) }
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
