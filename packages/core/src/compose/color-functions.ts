// `rgb()` and `hsl()` as CSS writes them, with commas or spaces. CSS Color Module Level 4, sections 4.2, 5.1 and 7.

import type { Rgba } from './color.ts'

const FUNCTION = /^(rgb|hsl)a?\(([^()]*)\)$/
const NUMBER = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+))(%|deg|grad|rad|turn)?$/
/** Degrees. */
const ANGLES: Readonly<Record<string, number>> = { deg: 1, grad: 0.9, rad: 180 / Math.PI, turn: 360 }

/** Null where the text, in lower case, is no such color. Values out of range are clamped, as CSS clamps them. */
export function parseColorFunction(text: string): Rgba | null {
  const match = FUNCTION.exec(text)
  if (!match) return null
  const parts = partsOf(match[2]!)
  if (!parts) return null
  const [first, second, third, alpha = '1'] = parts as [string, string, string, string?]
  const a = numberOf(alpha, 1)
  const rgb = match[1] === 'rgb' ? rgbOf([first, second, third]) : hslOf(first, second, third)
  if (a === null || !rgb) return null
  const [r, g, b] = rgb.map(toByte) as [number, number, number]
  return { r, g, b, a: toByte(a) }
}

/** Three or four values: all with commas between, or with spaces and a slash before alpha. */
function partsOf(inner: string): string[] | null {
  const hasCommas = inner.includes(',')
  const [colors = '', alpha, ...rest] = hasCommas ? [inner] : inner.split('/')
  if (rest.length > 0) return null
  const values = hasCommas ? colors.split(',').map((part) => part.trim()) : colors.trim().split(/\s+/)
  if (alpha !== undefined) values.push(alpha.trim())
  const count = hasCommas ? [3, 4] : [alpha === undefined ? 3 : 4]
  return count.includes(values.length) ? values : null
}

/** All three in 0..255, or all in %. */
function rgbOf(texts: readonly string[]): number[] | null {
  const percents = texts.filter((text) => text.endsWith('%')).length
  if (percents !== 0 && percents !== texts.length) return null
  const values = texts.map((text) => numberOf(text, 1))
  return values.includes(null) ? null : values.map((value) => (percents > 0 ? value! : value! / 255))
}

/** Hue in degrees, saturation and lightness in %. */
function hslOf(hueText: string, saturationText: string, lightnessText: string): number[] | null {
  const [, number, unit = 'deg'] = NUMBER.exec(hueText) ?? []
  const degrees = number === undefined ? undefined : Number(number) * (ANGLES[unit] ?? Number.NaN)
  const [saturation, lightness] = [saturationText, lightnessText].map((text) => numberOf(text, 100))
  if (degrees === undefined || Number.isNaN(degrees) || saturation == null || lightness == null) return null
  const hue = ((degrees % 360) + 360) % 360
  const [s, l] = [clamp(saturation), clamp(lightness)]
  const at = (n: number) => {
    const k = (n + hue / 30) % 12
    return l - s * Math.min(l, 1 - l) * Math.max(-1, Math.min(k - 3, 9 - k, 1))
  }
  return [at(0), at(8), at(4)]
}

/** A plain number in shares of `whole`, or a percentage as a share of one; null for what is neither. */
function numberOf(text: string, whole: number): number | null {
  const [, number, unit] = NUMBER.exec(text) ?? []
  if (number === undefined || (unit !== undefined && unit !== '%')) return null
  return unit === '%' ? Number(number) / 100 : Number(number) / whole
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value))
}

function toByte(share: number): number {
  return Math.round(clamp(share) * 255)
}
