// Parses numbers in text form: decimals with an optional unit. No hex, no empty text, no other letters.

import type { OptionInfo } from './option-info.ts'

const NUMBER = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)\s*([a-z%]*)$/i

/** The number and the letters behind it, in lower case; null where the text is no number. */
export function splitNumber(text: string): { readonly value: number; readonly unit: string } | null {
  const match = NUMBER.exec(text.trim())
  return match && { value: Number(match[1]), unit: match[2]!.toLowerCase() }
}

/** `share`: a number from 0 to 1. */
type Unit = NonNullable<OptionInfo['unit']> | 'share'

/** For each unit of an option those that may be written, in lower case, and what one of them is worth. */
const UNITS: Readonly<Record<Unit, Readonly<Record<string, number>>>> = {
  px: { px: 1, mp: 1e6 },
  MP: { px: 1e-6, mp: 1 },
  '%': { '%': 1 },
  share: { '%': 0.01 },
  bytes: { b: 1, kb: 1e3, mb: 1e6, gb: 1e9, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30 },
  s: { ms: 1e-3, s: 1, min: 60, h: 3600 },
  h: { s: 1 / 3600, min: 1 / 60, h: 1, d: 24 },
}

/** In the unit of the option, which may be left out. Throws an Error with a sentence. */
export function numberFromText(text: string, unit: Unit | undefined): number {
  const number = splitNumber(text)
  if (number?.unit === '') return number.value
  const units = unit ? UNITS[unit] : {}
  const factor = number && Object.hasOwn(units, number.unit) ? units[number.unit] : undefined
  if (number && factor !== undefined) return number.value * factor
  const names = Object.keys(units)
  const expected = names.length > 0 ? `a number, with or without a unit (${names.join(', ')}),` : 'a number'
  throw new Error(`expected ${expected} but received '${text}'`)
}
