// Text colors: hex of 3, 4, 6 or 8 digits, the CSS names, `rgb()` and `hsl()`. CSS Color Module Level 4, sections 5.2 and 6.1.

import { parseColorFunction } from './color-functions.ts'
import { CSS_COLORS } from './css-colors.ts'

/** 8-bit sRGB, straight; `a` 255 = opaque. */
export interface Rgba {
  readonly r: number
  readonly g: number
  readonly b: number
  readonly a: number
}

const HEX = /^#?(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i

/** Null when the text is no color. A missing `#` is allowed, because shells treat it as a comment. */
export function parseColor(text: string): Rgba | null {
  const key = text.trim().toLowerCase()
  if (key === 'transparent') return { r: 0, g: 0, b: 0, a: 0 }
  if (Object.hasOwn(CSS_COLORS, key)) {
    const rgb = CSS_COLORS[key]!
    return { r: rgb >> 16, g: (rgb >> 8) & 255, b: rgb & 255, a: 255 }
  }
  if (!HEX.test(key)) return parseColorFunction(key)
  let hex = key.replace('#', '')
  if (hex.length <= 4) hex = [...hex].map((digit) => digit + digit).join('')
  const at = (index: number) => Number.parseInt(hex.slice(index, index + 2), 16)
  return { r: at(0), g: at(2), b: at(4), a: hex.length === 8 ? at(6) : 255 }
}

/** `#rrggbb`, or `#rrggbbaa` when not opaque. */
export function formatColor({ r, g, b, a }: Rgba): string {
  const hex = (value: number) => value.toString(16).padStart(2, '0')
  return `#${hex(r)}${hex(g)}${hex(b)}${a === 255 ? '' : hex(a)}`
}
