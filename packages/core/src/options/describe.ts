// Option descriptors read from a zod schema, from which CLI flags, help, forms and docs tables are generated.

import * as z from 'zod'
import { KoutuError } from '../errors/koutu-error.ts'
import { numberFromText } from './number-text.ts'
import { type OptionInfo, optionInfo } from './option-info.ts'
import { invalidOptions, type OptionProblem } from './resolve.ts'

export interface OptionDescriptor {
  /** Key in the options object, camelCase. */
  readonly key: string
  /** `--kebab-case`, or `--no-kebab-case` for what is on unless the flag is given. */
  readonly flag: string
  readonly info: OptionInfo
  /** What the flag does. */
  readonly help: string
  /** How the value is written as text: nothing, a number, one of `choices`, or what `info.value` says. */
  readonly kind: 'boolean' | 'number' | 'integer' | 'choice' | 'text'
  readonly choices: readonly string[]
  readonly min: number | null
  readonly max: number | null
  /** In text form; null where the option has none. */
  readonly defaultText: string | null
}

type ObjectSchema = z.ZodObject<Record<string, z.ZodType>>

/** In the schema's own order. Errors: INTERNAL when an option was not registered. */
export function describeOptions(schema: z.ZodObject): readonly OptionDescriptor[] {
  return Object.entries((schema as ObjectSchema).shape).map(([key, option]) => describeOption(key, option))
}

function describeOption(key: string, option: z.ZodType): OptionDescriptor {
  const info = optionInfo.get(option)
  if (!info) throw new KoutuError('INTERNAL', { detail: `the option '${key}' has no title and help` })
  const { inner, defaultValue } = unwrap(option)
  const base = {
    key,
    flag: `--${defaultValue === true ? 'no-' : ''}${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    info,
    help: (defaultValue === true && info.helpOff) || info.help,
    choices: [],
    min: null,
    max: null,
    defaultText:
      defaultValue === undefined ? null : info.toText ? info.toText(defaultValue as never) : String(defaultValue),
  }
  if (inner instanceof z.ZodBoolean) return { ...base, kind: 'boolean' }
  if (inner instanceof z.ZodEnum) return { ...base, kind: 'choice', choices: inner.options.map(String) }
  if (inner instanceof z.ZodNumber) {
    return { ...base, kind: inner.isInt ? 'integer' : 'number', min: inner.minValue, max: inner.maxValue }
  }
  return { ...base, kind: 'text' }
}

function unwrap(option: z.ZodType): { inner: z.ZodType; defaultValue: unknown } {
  if (option instanceof z.ZodDefault)
    return { inner: option.unwrap() as z.ZodType, defaultValue: option.def.defaultValue }
  if (option instanceof z.ZodOptional) return { inner: option.unwrap() as z.ZodType, defaultValue: undefined }
  return { inner: option, defaultValue: undefined }
}

/**
 * Values from their text forms (`true` for a bare flag), keys as in the schema. Reads only; bounds are the schema's to check.
 * Errors: INVALID_OPTIONS with every text that cannot be read.
 */
export function decodeOptions(
  descriptors: readonly OptionDescriptor[],
  texts: Readonly<Record<string, string | boolean>>,
): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  const problems: OptionProblem[] = []
  for (const [key, text] of Object.entries(texts)) {
    const descriptor = descriptors.find((candidate) => candidate.key === key)
    if (!descriptor) {
      problems.push({ path: key, message: 'Unknown option' })
      continue
    }
    try {
      values[key] = decodeText(descriptor, text)
    } catch (error) {
      problems.push({ path: key, message: capitalize((error as Error).message) })
    }
  }
  if (problems.length > 0) throw invalidOptions(problems)
  return values
}

/**
 * Options of which some are in their text forms: `{ margin: '5%', crop: true }`. What the schema does not know is left for it to
 * refuse. Errors: INVALID_OPTIONS.
 */
export function decodeTexts(descriptors: readonly OptionDescriptor[], options: unknown): unknown {
  if (typeof options !== 'object' || options === null) return options
  const texts = Object.entries(options).filter(
    (entry): entry is [string, string] =>
      typeof entry[1] === 'string' && descriptors.some(({ key }) => key === entry[0]),
  )
  return { ...options, ...decodeOptions(descriptors, Object.fromEntries(texts)) }
}

function decodeText({ kind, info, choices, min, max }: OptionDescriptor, text: string | boolean): unknown {
  if (typeof text === 'boolean') {
    if (kind !== 'boolean') throw new Error('expected a value but received none')
    return text
  }
  if (info.fromText) return info.fromText(text)
  if (kind === 'boolean') {
    const word = text.trim().toLowerCase()
    if (word === 'true' || word === 'false') return word === 'true'
    throw new Error(`expected true or false but received '${text}'`)
  }
  // What lies between 0 and 1 is a share, which may be written in percent.
  if (kind === 'number') return numberFromText(text, info.unit ?? (min === 0 && max === 1 ? 'share' : undefined))
  // A unit may leave over what floating point does.
  if (kind === 'integer') return nearInteger(numberFromText(text, info.unit))
  if (kind === 'choice') {
    const word = text.trim().toLowerCase()
    return info.aliases?.[word] ?? choices.find((choice) => choice.toLowerCase() === word) ?? text
  }
  return text
}

function nearInteger(value: number): number {
  const whole = Math.round(value)
  return Math.abs(value - whole) <= 1e-9 * Math.abs(value) ? whole : value
}

function capitalize(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}
