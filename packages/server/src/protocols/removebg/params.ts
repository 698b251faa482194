// Maps the parameters of remove.bg to our options. Pure. Texts are trimmed and not empty. Unknown fields and subject types are
// ignored, as by remove.bg.

import { excerpt, type Margin, type Position, parseColor, type Size } from '@koutu/core'
import { type RemovebgCode, refusal } from './errors.ts'
import { type LevelledType, typeAt } from './type.ts'

export interface ParamContext {
  /** The upright image. */
  readonly picture: Size
  /** Whether an image came along, or an address of one, to go behind the subject. */
  readonly hasBackgroundPicture: boolean
  /** remove.bg's own limits of the result's size. */
  readonly isStrict: boolean
}

export interface RemovebgParams {
  /** For `resolveClientOptions`. */
  readonly options: Readonly<Record<string, unknown>>
  /** A mask has nothing behind it. */
  readonly usesBackground: boolean
  /** What the result is said to show; null when that is to stay unsaid. */
  readonly type: LevelledType | null
  /** Of the result's pixels, whatever size was asked for. */
  readonly maxPixels: number
}

export type Texts = Readonly<Record<string, string>>

/** Errors: those of this protocol, for the first parameter that is wrong. */
export function toParams(texts: Texts, context: ParamContext): RemovebgParams {
  const background = backgroundOf(texts)
  const isMask = channelsOf(texts) === 'alpha'
  const format = formatOf(texts, context.hasBackgroundPicture || background?.isOpaque === true, isMask)
  const isZip = format === 'zip'
  return {
    options: {
      format,
      ...(isMask && !isZip ? { mask: true } : {}),
      // Masks come without corrected colors, and a zip is where that shows.
      ...(isMask && isZip ? { decontaminate: false } : {}),
      ...(background && !isMask ? { background: { type: 'color', color: opaqueFor(format, background) } } : {}),
      ...(format === 'jpeg' && !isMask && !background && !context.hasBackgroundPicture ? ON_WHITE : {}),
      ...sizeOf(texts, format, context.isStrict),
      ...regionOf(texts, context.picture),
      ...layoutOf(texts),
      ...shadowOf(texts),
      ...glassOf(texts),
    },
    usesBackground: !isMask,
    type: typeAt(texts.type, texts.type_level),
    maxPixels: context.isStrict ? strictLimit(format, '50mp') : Number.POSITIVE_INFINITY,
  }
}

const ON_WHITE = { background: { type: 'color', color: '#ffffff' } }

interface BackgroundColor {
  readonly color: { readonly r: number; readonly g: number; readonly b: number; readonly a: number }
  readonly isOpaque: boolean
}

function backgroundOf({ bg_color: text }: Texts): BackgroundColor | null {
  if (text === undefined) return null
  const color = parseColor(text)
  if (!color) {
    throw refusal(
      'invalid_bg_color',
      `expected a hex color of 3, 4, 6 or 8 digits or a color name but received ${shown(text)}`,
    )
  }
  return color.a === 0 ? null : { color, isOpaque: color.a === 255 }
}

/** A format without transparency has white behind what can be seen through. */
function opaqueFor(format: string, { color: { r, g, b, a } }: BackgroundColor): string {
  const onWhite = (value: number) => Math.round((value * a + 255 * (255 - a)) / 255)
  const values = format === 'jpeg' ? [r, g, b].map(onWhite) : [r, g, b, a]
  return `#${values.map((value) => value.toString(16).padStart(2, '0')).join('')}`
}

function channelsOf({ channels }: Texts): 'rgba' | 'alpha' {
  return oneOf('invalid_channels', channels, ['rgba', 'alpha']) ?? 'rgba'
}

const FORMATS = { png: 'png', jpg: 'jpeg', jpeg: 'jpeg', webp: 'webp', zip: 'zip' } as const
type Format = (typeof FORMATS)[keyof typeof FORMATS]

function formatOf({ format }: Texts, isOpaque: boolean, isMask: boolean): Format {
  const name = oneOf('invalid_format', format, ['auto', 'png', 'jpg', 'jpeg', 'webp', 'zip']) ?? 'auto'
  if (name !== 'auto') return FORMATS[name]
  return isOpaque && !isMask ? 'jpeg' : 'png'
}

const MEGAPIXEL = 1e6
const SIZES = {
  preview: 0.25 * MEGAPIXEL,
  small: 0.25 * MEGAPIXEL,
  regular: 0.25 * MEGAPIXEL,
  medium: 1.5 * MEGAPIXEL,
  hd: 4 * MEGAPIXEL,
  full: 25 * MEGAPIXEL,
  '4k': 25 * MEGAPIXEL,
  '50mp': 50 * MEGAPIXEL,
  auto: 25 * MEGAPIXEL,
} as const
type SizeName = keyof typeof SIZES
const SIZE_NAMES = Object.keys(SIZES) as SizeName[]
/** Those that ask for less than the whole. */
const SMALLER: ReadonlySet<SizeName> = new Set(['preview', 'small', 'regular', 'medium', 'hd'])
const STRICT_PNG_PIXELS = 10 * MEGAPIXEL

function sizeOf({ size }: Texts, format: Format, isStrict: boolean): { maxOutputPixels?: number } {
  const name = oneOf('invalid_size', size, SIZE_NAMES)
  if (isStrict) return { maxOutputPixels: strictLimit(format, name ?? 'preview') }
  return name && SMALLER.has(name) ? { maxOutputPixels: SIZES[name] } : {}
}

function strictLimit(format: Format, size: SizeName): number {
  return format === 'png' ? Math.min(SIZES[size], STRICT_PNG_PIXELS) : SIZES[size]
}

interface Measure {
  readonly value: number
  readonly unit: 'px' | '%'
}

/** Measures between spaces, a bare number being pixels; null where one of them is none. */
function measuresOf(text: string): Measure[] | null {
  const matches = text
    .trim()
    .split(/[\s,]+/)
    .map((part) => /^([+-]?\d+(?:\.\d+)?)(px|%)?$/i.exec(part))
  if (matches.includes(null)) return null
  return matches.map((match) => ({ value: Number(match![1]), unit: match![2] === '%' ? '%' : 'px' }))
}

function regionOf({ roi }: Texts, { width, height }: Size): { roi?: object } {
  if (roi === undefined) return {}
  const measures = measuresOf(roi)
  if (measures?.length !== 4) {
    throw refusal('invalid_roi', `expected x1 y1 x2 y2, each in px or %, but received ${shown(roi)}`)
  }
  const [x1, y1, x2, y2] = measures.map(({ value, unit }, i) => {
    const whole = i % 2 === 0 ? width : height
    return Math.round(unit === '%' ? (value / 100) * whole : value)
  }) as [number, number, number, number]
  if (Math.min(x1, y1, x2, y2) < 0 || Math.max(x1, x2) > width || Math.max(y1, y2) > height) {
    throw refusal(
      'roi_exceeds_bounds',
      `expected a region of an image of ${width} x ${height} but received ${shown(roi)}`,
    )
  }
  if (x2 <= x1 || y2 <= y1) throw refusal('roi_region_empty', `expected x1 < x2 and y1 < y2 but received ${shown(roi)}`)
  const isWhole = x1 === 0 && y1 === 0 && x2 === width && y2 === height
  return isWhole ? {} : { roi: { left: x1, top: y1, width: x2 - x1, height: y2 - y1, unit: 'px' } }
}

interface Layout {
  crop?: boolean
  margin?: Margin
  scale?: number
  position?: Position
}

function layoutOf({ crop, crop_margin: margin, scale, position }: Texts): Layout {
  // Errors are reported whether or not the value would have been used.
  const measures = margin === undefined ? null : marginOf(margin)
  const isCropped = isTrue(crop)
  return {
    ...(isCropped ? { crop: true } : {}),
    ...(isCropped && measures ? { margin: measures } : {}),
    ...scaleOf(scale),
    ...positionOf(position),
  }
}

/** Beyond these a margin does not grow. */
const MOST_MARGIN = { px: 500, '%': 50 } as const

function marginOf(text: string): Margin {
  const given = measuresOf(text)
  if (!given || ![1, 2, 4].includes(given.length) || given.some(({ value }) => value < 0)) {
    throw refusal('invalid_crop_margin', `expected one, two or four lengths in px or % but received ${shown(text)}`)
  }
  const measures = given.map(({ value, unit }) => ({ value: Math.min(value, MOST_MARGIN[unit]), unit }))
  return measures.length === 1 ? measures[0]! : (measures as unknown as Margin)
}

function scaleOf(text: string | undefined): { scale?: number } {
  if (text === undefined || text.toLowerCase() === 'original') return {}
  const scale = percent(text)
  if (scale === null || scale < 10 || scale > 100) {
    throw refusal('invalid_scale', `expected 10% to 100%, or original, but received ${shown(text)}`)
  }
  return { scale }
}

function positionOf(text: string | undefined): { position?: Position } {
  if (text === undefined) return {}
  const name = text.toLowerCase()
  if (name === 'original' || name === 'center') return { position: name }
  const shares = name.split(/[\s,]+/).map(percent)
  const isPosition = shares.length <= 2 && shares.every((share) => share !== null && share <= 100)
  if (!isPosition) {
    throw refusal(
      'invalid_position',
      `expected original, center, or one or two of 0% to 100% but received ${shown(text)}`,
    )
  }
  const [x, y] = shares as [number, number | undefined]
  return { position: { x, y: y ?? x } }
}

function percent(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)%?$/.exec(text)
  return match ? Number(match[1]) : null
}

function shadowOf({ add_shadow: add, shadow_type: kind, shadow_opacity: opacity }: Texts): {
  shadow?: 'drop'
  shadowOpacity?: number
} {
  const percentage = opacity === undefined ? null : percent(opacity)
  if (opacity !== undefined && (percentage === null || percentage > 100)) {
    throw refusal('invalid_shadow_opacity', `expected 0 to 100 but received ${shown(opacity)}`)
  }
  // The newer parameter decides. It has names for shadows that are drawn in several ways there and in one here.
  const hasShadow = kind === undefined ? isTrue(add) : kind.toLowerCase() !== 'none' && isTrue(kind)
  if (!hasShadow) return {}
  return { shadow: 'drop', ...(percentage === null ? {} : { shadowOpacity: percentage / 100 }) }
}

function glassOf({ semitransparency: text }: Texts): { fillHoles?: boolean } {
  if (text === undefined || TRUE.has(text.toLowerCase())) return {}
  if (FALSE.has(text.toLowerCase())) return { fillHoles: true }
  throw refusal('invalid_semitransparency', `expected true or false but received ${shown(text)}`)
}

const TRUE: ReadonlySet<string> = new Set(['true', '1', 'yes', 'on', 't', 'y'])
const FALSE: ReadonlySet<string> = new Set(['false', '0', 'no', 'off', 'f', 'n'])

/** Whatever does not say no says yes. */
function isTrue(text: string | undefined): boolean {
  return text !== undefined && !FALSE.has(text.toLowerCase())
}

function oneOf<T extends string>(code: RemovebgCode, text: string | undefined, names: readonly T[]): T | null {
  if (text === undefined) return null
  const name = names.find((one) => one === text.toLowerCase())
  if (!name) throw refusal(code, `expected ${names.join(', ')} but received ${shown(text)}`)
  return name
}

function shown(text: string): string {
  return JSON.stringify(excerpt(text))
}
